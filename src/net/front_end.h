// FrontEnd: where the connections of a service come from on this machine, each as a connected socket. Does
// not know what happens to them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "os/asio.h"

namespace serialtcp::io {

class FrontEnd {
 public:
  /// `from` is for the log.
  using Accepted = std::move_only_function<void(StreamSocket socket, const std::string& from)>;

  virtual ~FrontEnd() = default;

  /// Sets the function that receives connections. Before the first start().
  virtual void on_accepted(Accepted accepted) = 0;
  /// Bytes per second that a connection may expect of the line.
  virtual void expect(std::uint64_t) {}
  /// Between stop() and start(), and before the first start(), clients are refused and do not wait. To be
  /// called once, after on_accepted().
  virtual void refuse_while_stopped() = 0;
  /// Connections are handed over from now on. No effect if it was started already. Clients that waited and
  /// have gone are reset.
  virtual void start() = 0;
  /// Clients have to wait from now on, or are refused.
  virtual void stop() = 0;
  /// Clients that wait, after stop() or before the first start().
  virtual std::size_t waiting() const { return 0; }
  /// Stops listening: clients are refused. This is the last call.
  virtual void close() = 0;
  /// A descriptor has become free: if one was missing, try again.
  virtual void resume() = 0;
};

}  // namespace serialtcp::io
