// OwnFrames: which frames this end has sent lately, to know them when the line brings them back, as two-wire
// RS-485 does. It remembers how each ended: with a check value or a seal, four bytes of which suffice.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/cursor.h"
#include "serialtcp/bytes.h"

namespace serialtcp {

class OwnFrames {
 public:
  /// The bytes that a frame ends with, at least four.
  void sent(ByteView end) { marks_[next_++ % marks_.size()] = mark(end); }
  bool contains(ByteView frame) const {
    return frame.size() >= kMarkSize && std::ranges::find(marks_, mark(frame)) != marks_.end();
  }

 private:
  static constexpr std::size_t kMarkSize = 4;

  /// Never that of an empty place.
  static std::uint64_t mark(ByteView end) {
    base::Reader in(end.last(kMarkSize));
    return in.little(kMarkSize) + 1;
  }

  std::array<std::uint64_t, 64> marks_{};
  std::size_t next_ = 0;
};

}  // namespace serialtcp
