// Input: what a client has sent and the port has not taken yet. It is bounded: then the client has to wait. A port that takes
// much at once gets it in large pieces, since each read from a socket and each wait costs a system call, and wakes the sender.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/byte_queue.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::share {

class Input {
 public:
  /// Bytes for a port of any speed that a cable has.
  static constexpr std::size_t kMost = 16 * 1024;
  /// Bytes for a port that takes kMost within kFast, such as a pty.
  static constexpr std::size_t kMostOfFast = 64 * 1024;
  static constexpr Duration kFast = std::chrono::milliseconds(10);

  bool empty() const { return size() == 0; }
  std::size_t size() const { return bytes_.size(); }
  /// How many more there may be. The client is to be read only when this is at least half of all: few large reads.
  std::size_t room() const { return size() >= most_ ? 0 : most_ - size(); }
  bool wants_more() const { return room() >= most_ / 2; }

  void add(ByteView bytes) { bytes_.append(bytes); }
  /// The next ones for the port.
  ByteView next() const { return bytes_.view(bytes_.begin(), size()); }
  /// The port has taken as many of these.
  void taken(std::size_t count) { bytes_.drop_below(bytes_.begin() + count); }
  void clear() { bytes_.restart(0); }

  /// The port has taken as many, of these or past them.
  void measure(std::size_t count, Time now) {
    measured_ += count;
    if (measured_ < most_) return;
    const Duration took = now - since_;
    if (took <= kFast) most_ = std::min(2 * most_, kMostOfFast);
    if (took > 4 * kFast) most_ = kMost;
    measured_ = 0;
    since_ = now;
  }

 private:
  base::ByteQueue bytes_;
  std::size_t most_ = kMost;
  std::size_t measured_ = 0;  ///< bytes that the port has taken since then
  Time since_ = {};
};

}  // namespace serialtcp::share
