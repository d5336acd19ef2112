#include "link/receiver.h"

#include <algorithm>

namespace serialtcp::link {

namespace {

using namespace std::chrono_literals;

// From this many bytes on the sender waits for the ack, at least to measure the line.
constexpr std::size_t kAckBytes = 1024;
constexpr std::size_t kAckBytesAtOnce = 64 * 1024;
// But acks are no closer together than this: a fast line has hundreds of frames in this time.
constexpr Duration kAckInterval = 3ms;
// A request for an answer, with what was in the last frame if that was small.
constexpr std::size_t kLongestRequest = 160;
// Frames of at least this size are used to measure the line.
constexpr std::size_t kMeasuredFrame = 128;
// Maximum number of ranges of missing frames. If a peer leaves more gaps, only the newest are reported.
constexpr std::size_t kMaxMissingRanges = 512;

// Reports of damage while no frame was missing: a few at once, then at most this part (1 / kAlarmShare) of
// the line, and less and less. A frame that is missing nevertheless is detected when the next one arrives.
constexpr int kAlarmsAtOnce = 2;
constexpr std::int64_t kAlarmShare = 50;
constexpr Duration kLeastAlarmInterval = 20ms;
constexpr int kMostDoublings = 5;

std::uint32_t ticks(Time time) {
  const auto units = time.time_since_epoch() / wire::kArrivalUnit;
  return static_cast<std::uint32_t>(units) & ((1U << wire::kArrivalBits) - 1);
}

}  // namespace

bool Receiver::seen(std::uint64_t number) const {
  return number == 0 || (number <= largest_ && !missing_.contains({number, number + 1}));
}

void Receiver::received(const ReceivedFrame& frame, Time now) {
  if (frame.number > largest_) {
    if (frame.number > largest_ + 1) {
      alarms_ = 0;
      no_alarm_before_ = Time{};
      missing_.add({largest_ + 1, frame.number});
      urgent_ = true;
      eliciting_pending_ = true;
      if (missing_.count() > kMaxMissingRanges) {
        unsaid_below_ = missing_.front().end;
        missing_.remove(missing_.front());
      }
    }
    largest_ = frame.number;
    largest_form_ = frame.form;
    largest_arrival_ = now;
    arrival_wanted_ = arrival_wanted_ || frame.answer_at_once || frame.wire_size >= kMeasuredFrame;
  } else {
    missing_.remove({frame.number, frame.number + 1});
  }
  damaged_ = false;
  // A peer that acknowledges something has received it.
  const bool request = frame.answer_at_once && !frame.with_ack && frame.wire_size <= kLongestRequest;
  if (!request) answer_delay_.received_something_else();
  if (!frame.eliciting && !frame.answer_at_once) return;
  const Duration delay = request ? answer_delay_.requested(now) : Duration{};
  answer_from_ = delay > Duration{} ? now + delay : Time{};
  if (!eliciting_pending_) first_pending_ = now;
  eliciting_pending_ = true;
  bytes_pending_ += frame.wire_size;
  if (frame.answer_at_once) urgent_ = true;
}

void Receiver::damaged(Time now, Duration cost) {
  if (now < no_alarm_before_) return;
  damaged_ = true;
  urgent_ = true;
  if (++alarms_ <= kAlarmsAtOnce) return;
  const int doublings = std::min(alarms_ - kAlarmsAtOnce - 1, kMostDoublings);
  no_alarm_before_ = now + std::max(kLeastAlarmInterval, cost * kAlarmShare) * (1 << doublings);
}

Time Receiver::ack_due() const {
  if (!ack_pending()) return kNever;
  if (urgent_ || bytes_pending_ >= kAckBytesAtOnce) return answer_from_;
  if (bytes_pending_ >= kAckBytes) return last_ack_ + kAckInterval;
  return first_pending_ + kAckDelay;
}

Receiver::Made Receiver::make_ack(Time now) {
  Made made;
  made.settles = {unsaid_below_, largest_ + 1};
  made.ack.damaged = damaged_;
  made.ack.more = unsaid_below_ > 0;
  list_gaps(made);
  if (arrival_wanted_) made.ack.arrival = ticks(largest_arrival_);
  made.ack.brief = largest_form_ == wire::NumberForm::bits6 && missing_.empty() && !made.ack.damaged &&
                   !made.ack.arrival && !made.ack.more;
  made.ack.largest = static_cast<std::uint32_t>(largest_ & (made.ack.brief ? 0x3FU : 0xFFFFU));
  arrival_wanted_ = false;
  eliciting_pending_ = false;
  damaged_ = false;
  urgent_ = false;
  bytes_pending_ = 0;
  last_ack_ = now;
  return made;
}

void Receiver::settled(base::Range numbers) {
  missing_.remove(numbers);
  // The peer knows that the ones below are not covered, and has retransmitted them.
  if (numbers.end > unsaid_below_) unsaid_below_ = 0;
}

void Receiver::list_gaps(Made& made) const {
  wire::Ack& ack = made.ack;
  std::uint64_t next = largest_;  // going down: the highest number not yet covered
  for (auto it = missing_.ranges().rbegin(); it != missing_.ranges().rend(); ++it) {
    std::uint64_t received = next - (it->second - 1);
    std::uint64_t missing = it->second - it->first;
    while (missing > 0) {
      if (ack.gap_count == ack.gaps.size()) {
        ack.more = true;
        made.settles.begin = next + 1;
        return;
      }
      wire::AckGap& gap = ack.gaps[ack.gap_count++];
      gap.received = static_cast<std::uint8_t>(std::min<std::uint64_t>(received, 255));
      received -= gap.received;
      if (received == 0) gap.missing = static_cast<std::uint8_t>(std::min<std::uint64_t>(missing, 255));
      missing -= gap.missing;
      next -= std::uint64_t{gap.received} + gap.missing;
    }
  }
  // Down to the first number for which this end still knows what is missing, all have arrived. Pairs without
  // missing frames cover them.
  while (unsaid_below_ > 0 && next >= unsaid_below_) {
    if (ack.gap_count == ack.gaps.size()) {
      made.settles.begin = next + 1;
      return;
    }
    wire::AckGap& gap = ack.gaps[ack.gap_count++];
    gap.received = static_cast<std::uint8_t>(std::min<std::uint64_t>(next - unsaid_below_ + 1, 255));
    next -= gap.received;
  }
}

}  // namespace serialtcp::link
