// FramePauses: how long this line may stand still in the middle of a frame without anything being wrong.
// Relays, radios and controllers hand bytes on in lumps; so a part of a frame that nothing follows is reported
// as damaged only after a time that is learned: a frame that paused and then arrived whole proves that its
// pause was none.
#pragma once

#include "serialtcp/time.h"

namespace serialtcp::link {

class FramePauses {
 public:
  /// Bytes have come, so long after those before them, which had ended in the middle of a frame.
  void paused(Duration pause);
  /// The frame that this happened in is complete, and correct.
  void frame_was_good(Time now);
  /// It is not correct: its pauses prove nothing.
  void frame_was_bad() { in_frame_ = Duration{}; }

  /// How long to wait for the rest of a frame.
  Duration patience() const;
  /// The longest pause within a frame, of all frames lately: not much on a line that pauses now and then, and a
  /// lump on one that hands on in lumps.
  Duration usual() const { return usual_; }

 private:
  Duration in_frame_{};  // the longest of the frame in progress
  Duration longest_{};   // of correct frames, lately
  Duration usual_{};     // smoothed
  Time renewed_{};       // when longest_ was last confirmed, or made shorter
};

}  // namespace serialtcp::link
