// FramePauses: how long this line may pause in the middle of a frame without a fault. Relays, radios and
// controllers deliver bytes in lumps. Part of a frame without a continuation is therefore reported as damaged
// only after a time that is learned: a frame that paused and then arrived correct proves that its pause was
// harmless.
#pragma once

#include "serialtcp/time.h"

namespace serialtcp::link {

class FramePauses {
 public:
  /// Bytes have arrived this long after the ones before them, which had ended in the middle of a frame.
  void paused(Duration pause);
  /// The frame with these pauses is complete, and correct.
  void frame_was_good(Time now);
  /// The frame is not correct: its pauses prove nothing.
  void frame_was_bad() { in_frame_ = Duration{}; }

  /// How long to wait for the rest of a frame.
  Duration patience() const;
  /// The smoothed longest pause within a frame, over all recent frames: short on a line that pauses now and
  /// then, and a lump on one that delivers in lumps.
  Duration usual() const { return usual_; }

 private:
  Duration in_frame_{};  // the longest pause of the current frame
  Duration longest_{};   // of recent correct frames
  Duration usual_{};     // smoothed
  Time renewed_{};       // when longest_ was last confirmed, or reduced
};

}  // namespace serialtcp::link
