// Receiver: which frames of the peer have arrived, and what is acknowledged when. The line never reorders, so
// a gap in the numbers is a loss and is reported at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/range_set.h"
#include "link/answer_delay.h"
#include "serialtcp/time.h"
#include "wire/frame.h"

namespace serialtcp::link {

/// Acks of little data are delayed by this time, in order to be sent at the end of another frame. The peer's
/// timeouts include it.
inline constexpr Duration kAckDelay = std::chrono::milliseconds(200);

struct ReceivedFrame {
  std::uint64_t number = 0;
  std::size_t wire_size = 0;
  wire::NumberForm form = wire::NumberForm::bits6;
  bool eliciting = false;  ///< it carried something that must be acknowledged
  bool answer_at_once = false;
  bool with_ack = false;  ///< it acknowledges something
};

class Receiver {
 public:
  std::uint64_t largest() const { return largest_; }
  bool seen(std::uint64_t number) const;

  void received(const ReceivedFrame& frame, Time now);
  /// A frame that arrived damaged was repaired and confirmed: it is no longer missing.
  void mended(std::uint64_t number) { missing_.remove({number, number + 1}); }
  /// Bytes arrived that are not a correct frame; they may have been one. This is reported at once, which
  /// takes `cost` on the line. While no frame turns out to be missing, reports become less and less frequent:
  /// another sender is then on the line.
  void damaged(Time now, Duration cost = {});

  /// There is something to acknowledge or report.
  bool ack_pending() const { return eliciting_pending_ || damaged_; }
  /// When an ack should be sent at the latest; kNever when none is pending.
  Time ack_due() const;

  /// An ack, and the numbers that need not be reported again once the peer has acknowledged the frame that
  /// carries it.
  struct Made {
    wire::Ack ack;
    base::Range settles;
  };
  Made make_ack(Time now);

  /// The peer has received a report about these numbers: they need not be reported again.
  void settled(base::Range numbers);

 private:
  void list_gaps(Made& made) const;

  std::uint64_t largest_ = 0;
  wire::NumberForm largest_form_ = wire::NumberForm::bits6;
  Time largest_arrival_{};
  bool arrival_wanted_ = false;
  base::RangeSet missing_;
  std::uint64_t unsaid_below_ = 0;

  bool eliciting_pending_ = false;
  bool damaged_ = false;
  bool urgent_ = false;
  int alarms_ = 0;  ///< reports of damage since a frame was last found to be missing
  Time no_alarm_before_{};
  std::size_t bytes_pending_ = 0;
  Time first_pending_{};
  Time last_ack_{};
  AnswerDelay answer_delay_;
  Time answer_from_{};  ///< an urgent ack is not sent before
};

}  // namespace serialtcp::link
