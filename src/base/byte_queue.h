// ByteQueue: bytes in a row, addressed by their offset in the stream, taken off at the front. Its memory is
// given back when it runs empty, so that a thousand idle streams cost nothing.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "serialtcp/bytes.h"

namespace serialtcp::base {

class ByteQueue {
 public:
  /// Offset of the first byte held, and one past the last.
  std::uint64_t begin() const { return begin_; }
  std::uint64_t end() const { return begin_ + (bytes_.size() - head_); }
  std::size_t size() const { return bytes_.size() - head_; }
  /// Bytes of memory: soon after any change in size, no more than four times what is held, and 1.25 times
  /// what was ever held at once.
  std::size_t capacity() const { return bytes_.capacity(); }

  void append(ByteView bytes);
  /// Overwrites [offset, offset + bytes.size()), growing as needed; offset must not be below begin().
  void place(std::uint64_t offset, ByteView bytes);
  /// A view of up to `most` bytes from `offset` on; valid until the next change.
  ByteView view(std::uint64_t offset, std::size_t most) const;
  /// Empties it; the next byte appended will be at `offset`.
  void restart(std::uint64_t offset);
  /// Forgets everything below `offset`.
  void drop_below(std::uint64_t offset);

 private:
  void make_room(std::size_t more);

  Bytes bytes_;
  std::size_t head_ = 0;
  std::uint64_t begin_ = 0;
};

}  // namespace serialtcp::base
