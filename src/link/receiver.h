// Receiver: which of the peer's frames have arrived, and what and when to tell the peer about it.
// The line never reorders, so a gap in the numbers is a loss and is reported at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/range_set.h"
#include "serialtcp/time.h"
#include "wire/frame.h"

namespace serialtcp::link {

/// Acks of little data wait this long for something to ride on. The peer's patience allows for it.
inline constexpr Duration kAckDelay = std::chrono::milliseconds(200);

struct ReceivedFrame {
  std::uint64_t number = 0;
  std::size_t wire_size = 0;
  wire::NumberForm form = wire::NumberForm::bits6;
  bool eliciting = false;  ///< it carried something that is to be acknowledged
  bool answer_at_once = false;
};

class Receiver {
 public:
  std::uint64_t largest() const { return largest_; }
  bool seen(std::uint64_t number) const;

  void received(const ReceivedFrame& frame, Time now);
  /// A frame that came damaged is known now, after all.
  void mended(std::uint64_t number) { missing_.remove({number, number + 1}); }
  /// Something came that was no frame: perhaps a frame once. It is reported at once, which takes `cost` on the
  /// line; but ever more rarely while no frame turns out to be missing: then it is somebody else who speaks on
  /// the line.
  void damaged(Time now, Duration cost = {});

  /// There is something that the peer waits to hear.
  bool ack_pending() const { return eliciting_pending_ || damaged_; }
  /// When it should be told at the latest; kNever when nothing is pending.
  Time ack_due() const;

  /// What an ack made now settles once the peer has acknowledged the frame that carries it.
  struct Made {
    wire::Ack ack;
    base::Range settles;
  };
  Made make_ack(Time now);

  /// The peer has heard of these: they need not be reported again.
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
  int alarms_ = 0;  ///< reports of damage since a frame was last found missing
  Time no_alarm_before_{};
  std::size_t bytes_pending_ = 0;
  Time first_pending_{};
  Time last_ack_{};
};

}  // namespace serialtcp::link
