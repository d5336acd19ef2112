// LeadIn: what has to be sent before a frame that begins after a pause, because this line loses the first
// bytes after a silence: a transceiver that wakes up, a radio that begins to send. It is so many ends of
// frame, which mean nothing by themselves, whatever is left of them. Learned from what becomes of frames after
// pauses. A line that was cut, or a peer that did not run, looks the same; so whatever was concluded is put to
// the test as soon as frames arrive again. docs/protocol.md, "Lead-in".
#pragma once

#include <cstddef>
#include <optional>

#include "serialtcp/time.h"

namespace serialtcp::link {

/// How a frame began: after so long a silence of the line, led in by so many ends of frame.
struct Beginning {
  Duration silence{};
  std::size_t ends = 0;
};

class LeadIn {
 public:
  static constexpr std::size_t kMostEnds = 40;  ///< 80 bytes

  /// Ends of frame; 0: the line needs none, as far as is known.
  std::size_t ends() const { return trial_.value_or(ends_); }
  /// It matters whether the next frame after a silence arrives, so it should ask for an answer.
  bool wants_to_know() const { return unproven_ || hint_ > 0; }

  /// A line is not asleep after less.
  static constexpr Duration kSilence = std::chrono::microseconds(750);

  /// What became of a frame. It may have begun before something else was concluded.
  void lost(const Beginning& frame);
  void delivered(const Beginning& frame);
  /// The peer leads in with so many, or the link came up by hellos with so many. It proves nothing: the peer may
  /// be wrong. But one loss will be enough.
  void hint(std::size_t ends);
  std::size_t hinted() const { return hint_; }

 private:
  void grow(std::size_t ends);

  std::size_t ends_ = 0;
  std::size_t hint_ = 0;
  int lost_in_a_row_ = 0;
  Duration shortest_lost_{};       ///< silence before one of these
  double losses_amid_others_ = 0;  // share of those frames, smoothed

  bool unproven_ = false;             // a frame without a lead-in is still to show that one is needed
  std::optional<std::size_t> trial_;  // fewer, for some frames
  int good_ = 0;                      // frames after a pause, since a loss or a trial
  int trial_after_ = 0;
};

}  // namespace serialtcp::link
