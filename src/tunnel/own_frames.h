// OwnFrames recognises frames that this end has sent recently, when the line returns them, as two-wire RS-485
// does. Of each frame it keeps the last four bytes, which belong to the check value or seal.
//
// A single frame that comes back may be crosstalk, or somebody's recording. On a shared medium nearly all
// come back, each soon after it was sent, and nothing of the peer's arrives while this end sends.
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
  /// The last bytes of a frame, at least four. Its echo arrives by `back_by`.
  void sent(ByteView end, Time back_by) { at(next_++) = {mark(end), back_by, false}; }
  /// A link begins: frames that came back before do not count.
  void begin() { begun_at_ = next_, back_ = 0; }
  /// Whether this frame is one of them.
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
  /// A correct frame of the peer's has arrived while this end was sending.
  void peer_was_heard_meanwhile() {
    for (Frame& frame : frames_) frame.came_back = false;
  }
  /// Whether the frames that come back show that this end receives itself, since the link began: wires do not
  /// change, and an echo that comes and goes is somebody's loop or recording.
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
