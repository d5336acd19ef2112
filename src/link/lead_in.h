// LeadIn: what must be sent before a frame that begins after a pause, because this line loses the first bytes
// after a silence (a transceiver that wakes up, a radio that begins to send): a number of ends of frame,
// which have no meaning, whatever remains of them. The number is learned from the fate of frames after
// pauses. A cut line, or a stopped peer, looks the same, so each conclusion is verified as soon as frames
// arrive again. docs/protocol.md, "Lead-in".
#pragma once

#include <cstddef>
#include <optional>

#include "serialtcp/time.h"

namespace serialtcp::link {

/// How a frame began: after this much silence of the line, preceded by this many ends of frame.
struct Beginning {
  Duration silence{};
  std::size_t ends = 0;
};

class LeadIn {
 public:
  static constexpr std::size_t kMostEnds = 40;
  static constexpr std::size_t kMostBytes = 2 * kMostEnds;

  /// Ends of frame; 0: as far as is known, the line needs none.
  std::size_t ends() const { return trial_.value_or(ends_); }
  /// It is important to know whether the next frame after a silence arrives, so it should request an answer.
  bool wants_to_know() const { return unproven_ || hint_ > 0; }

  /// After a shorter silence, no line loses bytes.
  static constexpr Duration kSilence = std::chrono::microseconds(750);

  /// The fate of a frame. It may have begun before the current conclusion.
  void lost(const Beginning& frame);
  void delivered(const Beginning& frame);
  /// The peer uses a lead-in of this length, or the link came up by hellos with one. This proves nothing,
  /// since the peer may be wrong, but one loss will be enough, until a frame arrives after a long silence, or many do
  /// after shorter ones.
  void hint(std::size_t ends);
  /// The link came up without one, after other bytes that may have woken the line up. As a hint of the longest.
  void suspect();
  std::size_t hinted() const { return hint_; }
  /// A lower number than that concluded is being tried.
  bool trying_fewer() const { return trial_.has_value(); }

 private:
  void grow(std::size_t ends);

  std::size_t ends_ = 0;
  std::size_t hint_ = 0;
  int good_since_hint_ = 0;
  int lost_in_a_row_ = 0;
  Duration shortest_lost_{};  ///< shortest silence before one of these
  // Smoothed share of lost frames among those that did not begin after a silence.
  double losses_amid_others_ = 0;

  bool unproven_ = false;             // that a lead-in is needed is not yet verified by a frame without one
  std::optional<std::size_t> trial_;  // a lower number that is being tried
  int good_ = 0;                      // frames that arrived after a pause, since the last loss or trial
  int trial_after_ = 0;
};

}  // namespace serialtcp::link
