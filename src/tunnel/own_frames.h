// OwnFrames: recognizes frames of this end that the line brings back, as two-wire RS-485 does. It remembers how each of
// the last frames ended: four bytes of the check value or the seal.
//
// A single frame that comes back may be crosstalk or a recording. On a shared medium nearly all come back, each soon
// after it was sent, and nothing of the peer arrives while this end sends.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/cursor.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::tunnel {

class OwnFrames {
 public:
  /// `end`: the last bytes of a frame that was sent, at least four. Its echo arrives before `back_by`.
  void sent(ByteView end, Time back_by) { at(next_++) = {mark(end), back_by, false}; }
  /// A link begins: what came back before does not count.
  void begin() { begun_at_ = next_, back_ = 0; }
  /// Whether this frame is one of the last that this end has sent.
  bool is_own(ByteView frame, Time now) {
    if (frame.size() < kMarkSize) return false;
    const auto it = std::ranges::find(frames_, mark(frame), &Frame::mark);
    if (it == frames_.end()) return false;
    if (now <= it->back_by && !it->came_back) {
      it->came_back = true;
      ++back_;
    }
    return true;
  }
  /// A correct frame of the peer has arrived while this end was sending.
  void peer_was_heard_meanwhile() {
    for (Frame& frame : frames_) frame.came_back = false;
  }
  /// Whether this end hears itself, and has since the link began. Wires do not change: an echo that comes and goes is a
  /// loop or a recording.
  bool all_come_back() const {
    std::size_t came_back = 0;
    for (std::size_t i = 1; i <= std::min(next_, kJudged); ++i) came_back += at(next_ - i).came_back ? 1 : 0;
    return came_back >= kCertain && kMost * back_ >= next_ - begun_at_;
  }

 private:
  static constexpr std::size_t kMarkSize = 4;
  static constexpr std::size_t kJudged = 8;
  static constexpr std::size_t kCertain = 4;
  static constexpr std::size_t kMost = 2;  ///< at least one in kMost of all frames

  struct Frame {
    std::uint64_t mark = 0;
    Time back_by{};
    bool came_back = false;
  };

  /// Differs from the mark of an empty entry.
  static std::uint64_t mark(ByteView end) {
    base::Reader in(end.last(kMarkSize));
    return in.little(kMarkSize) + 1;
  }
  Frame& at(std::size_t number) { return frames_[number % frames_.size()]; }
  const Frame& at(std::size_t number) const { return frames_[number % frames_.size()]; }

  std::array<Frame, 64> frames_{};
  std::size_t next_ = 0;
  std::size_t begun_at_ = 0;
  std::size_t back_ = 0;
};

}  // namespace serialtcp::tunnel
