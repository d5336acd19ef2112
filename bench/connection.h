// Connection: what the probe's loop knows of each thing that it polls: a descriptor, what to wait for, and
// when to look again for no other reason than time.
#pragma once

#include "socket.h"

namespace serialtcp::bench {

/// When measuring happens; from `begin` to `end`, both unset until somebody says "go".
struct Window {
  SteadyTime begin = SteadyTime::max();
  SteadyTime end = SteadyTime::max();

  bool contains(SteadyTime time) const { return time >= begin && time < end; }
};

class Connection {
 public:
  virtual ~Connection() = default;
  virtual int fd() const = 0;
  /// POLLIN, POLLOUT or both, or 0: only time counts.
  virtual short events() const = 0;
  virtual void ready(short events) = 0;
  /// When tick() is due; SteadyTime::max() if never.
  virtual SteadyTime due() const { return SteadyTime::max(); }
  virtual void tick() {}
  /// True once bytes have made the whole way, so that the next connection may start.
  virtual bool established() const { return true; }
};

}  // namespace serialtcp::bench
