// Outbox: encoded bytes that wait for space on the line. Writers append to it, and take() hands them over in order.
// Unlike ByteQueue it keeps its memory when it becomes empty, since it is filled again with the next frame.
#pragma once

#include <algorithm>
#include <cstddef>

#include "serialtcp/bytes.h"

namespace serialtcp::base {

class Outbox {
 public:
  /// Bytes in front that have been taken are removed from this many on, for an outbox that never becomes empty.
  static constexpr std::size_t kMostTaken = 16 * 1024;

  bool empty() const { return head_ == bytes_.size(); }
  std::size_t size() const { return bytes_.size() - head_; }

  /// For functions that append what they encode. They must not change what is there.
  Bytes& tail() { return bytes_; }
  void append(ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

  /// Moves up to room.size() bytes from the front to `room`; returns how many.
  std::size_t take(MutableByteView room) {
    const std::size_t count = std::min(room.size(), size());
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(head_), count, room.begin());
    head_ += count;
    if (empty()) {
      clear();
    } else if (head_ >= kMostTaken && head_ >= size()) {
      bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
    return count;
  }

  void clear() {
    bytes_.clear();
    head_ = 0;
  }

 private:
  Bytes bytes_;
  std::size_t head_ = 0;
};

}  // namespace serialtcp::base
