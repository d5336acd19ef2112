// ByteQueue: consecutive bytes of a stream, addressed by their offset in the stream, and removed at the
// front. Its memory is freed when it becomes empty, so that a thousand idle streams cost nothing.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "serialtcp/bytes.h"

namespace serialtcp::base {

class ByteQueue {
 public:
  /// Offsets of the first byte held, and of the byte after the last one.
  std::uint64_t begin() const { return begin_; }
  std::uint64_t end() const { return begin_ + (bytes_.size() - head_); }
  std::size_t size() const { return bytes_.size() - head_; }
  /// Bytes of memory. Soon after any change in size this is at most four times size(), and at most 1.5 times
  /// the largest size() ever, or twice that if it is below 256 kB.
  std::size_t capacity() const { return bytes_.capacity(); }

  void append(ByteView bytes);
  /// Overwrites [offset, offset + bytes.size()), growing as needed; offset must not be below begin().
  void place(std::uint64_t offset, ByteView bytes);
  /// A view of up to `most` bytes from `offset` on; valid until the next change of the queue.
  ByteView view(std::uint64_t offset, std::size_t most) const;
  /// Removes all bytes; the next byte that is appended has this offset.
  void restart(std::uint64_t offset);
  /// Removes everything below `offset`.
  void drop_below(std::uint64_t offset);

 private:
  void make_room(std::size_t more);

  Bytes bytes_;
  std::size_t head_ = 0;
  std::uint64_t begin_ = 0;
};

}  // namespace serialtcp::base
