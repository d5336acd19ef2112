// ReadGathering: whether sockets are served after a read from the line, or after the next one. A pty hands over at most 4 kB a
// read, and each piece that is passed on alone costs a send() and wakes its receiver. Knows no clock.
#pragma once

#include <cstddef>
#include <cstdint>

#include "serialtcp/time.h"

namespace serialtcp::io {

class ReadGathering {
 public:
  /// More may follow at once a read of at least this many bytes.
  static constexpr std::size_t kLump = 2048;
  /// A line is fast while such reads follow each other within this time (7 MB/s). Nothing that was read waits longer.
  static constexpr Duration kLongest = std::chrono::microseconds(300);
  /// Nor waits more than this: one chunk for a socket. More of it is slower, as memory further away is in use then.
  static constexpr std::size_t kMost = 16 * 1024;

  enum class Next : std::uint8_t { pass_on, read_more };

  /// `count` bytes were read.
  Next read(std::size_t count, Time now) {
    const bool lump = count >= kLump;
    const bool fast = lump && now - last_lump_ <= kLongest;
    if (lump) last_lump_ = now;
    if (gathered_ == 0) since_ = now;
    gathered_ += count;
    return fast && gathered_ < kMost && now < due() ? Next::read_more : Next::pass_on;
  }
  /// Everything that was read has been passed on.
  void passed_on() { gathered_ = 0; }

  /// When what was read must be passed on; kNever: nothing was.
  Time due() const { return gathered_ > 0 ? since_ + kLongest : kNever; }

 private:
  std::size_t gathered_ = 0;
  Time since_ = {};  ///< of the first of these bytes
  Time last_lump_ = {};
};

}  // namespace serialtcp::io
