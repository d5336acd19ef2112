// LeadIn: what has to be sent before a frame that begins after a pause, because this line loses the first
// bytes after a silence: a transceiver that wakes up, a radio that begins to send. It is so many ends of
// frame, which mean nothing by themselves, whatever is left of them. Learned from what becomes of frames after
// pauses; docs/protocol.md, "Lead-in".
#pragma once

#include <algorithm>
#include <cstddef>

#include "serialtcp/time.h"

namespace serialtcp::link {

class LeadIn {
 public:
  static constexpr std::size_t kMostEnds = 20;  ///< 40 bytes

  /// Ends of frame; 0: the line needs none, as far as is known.
  std::size_t ends() const { return ends_; }

  /// A line is not asleep after less.
  static constexpr Duration kSilence = std::chrono::milliseconds(4);

  /// What became of a frame before which the line had been silent for so long.
  void lost(Duration silence);
  void delivered(Duration silence);
  /// A question that was asked again, after a silence, has not been answered.
  void unanswered() { lost(std::chrono::seconds(1)); }
  /// The peer leads in with at least so many: it knows this line, which is probably the same both ways.
  void heard(std::size_t ends);
  /// The link came up by hellos with such a lead-in, which proves nothing; but one loss will be enough.
  void hint(std::size_t ends) { hint_ = std::max(hint_, ends); }
  std::size_t hinted() const { return hint_; }

 private:
  void grow();

  std::size_t ends_ = 0;
  std::size_t hint_ = 0;
  int lost_in_a_row_ = 0;
  Duration shortest_lost_{};       ///< silence before one of these
  double losses_amid_others_ = 0;  // share of those frames, smoothed

  // Shrinking: half as many are tried now and then.
  std::size_t before_trial_ = 0;  // 0: none is under way
  int good_ = 0;                  // frames after a pause, since a loss or a trial
  int trial_after_ = 0;
};

}  // namespace serialtcp::link
