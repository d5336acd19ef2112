#include "link/pacer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "wire/frame.h"

namespace serialtcp::link {

namespace {

using namespace std::chrono_literals;

// Bulk that is handed over per wake-up.
constexpr Duration kSlice = 1500us;
// What is still queued when the next slice is due bridges late wake-ups. When a wake-up is so late that the
// line becomes idle, this reserve is extended by the idle time; it is reduced by kSpareLess a second. At most
// a thousandth of the line is thus lost to late wake-ups, and the queue is no longer than this machine needs.
constexpr Duration kLeastSpare = 1ms;
constexpr Duration kFirstSpare = 3ms;
constexpr Duration kMostSpare = 6500us;
constexpr Duration kSpareToSearch = 4500us;
// While sparse data is sent, it waits for the slice that was handed over before it: smaller ones, at the cost of more
// wake-ups.
constexpr Duration kSliceInHurry = 750us;
// While sparse interactive data is sent, a keystroke is more important than the cost of late wake-ups.
constexpr Duration kSpareForTyping = 500us;
constexpr double kSpareLess = 0.001;
// The target is at least this many bytes: on slow lines a few characters take many milliseconds.
constexpr double kTargetBytes = 12;
constexpr int kSlicesPerTargetBytes = 4;
// A smaller error is jitter of wake-ups and drivers.
constexpr Duration kPacerTolerance = 2ms;
// Only a faster line makes frames early, and by no more than the queue of the model.
constexpr Duration kEarlyTolerance = 1500us;
// This many late frames in a row are not jitter; fewer are needed if they are very late.
constexpr int kCertain = 6;
constexpr int kCertainWhenVeryLate = 2;
constexpr Duration kVeryLate = 30ms;
// A rate is measured over at least this time.
constexpr Duration kMeasureOver = 30ms;
constexpr Duration kOffsetWindow = 30s;
// This many short frames in a row that were too early on an idle line mean a lower latency, not a faster
// line.
constexpr int kCertainEarlySamples = 4;
constexpr Duration kIdleSampleEvery = 15s;
constexpr Duration kIdleSampleRetry = 1s;
// A frame of at most this size, on an idle line, shows the offset.
constexpr std::uint64_t kShortFrame = 64;
// For this long after a late frame, the line may be one that delivers in lumps.
constexpr Duration kLumpsSuspected = 10s;
// A frame that was handed over this long before the rate was last raised is no reason to raise it again.
constexpr Duration kSameAnswer = 200ms;

Duration seconds(double value) {
  return Duration(static_cast<Duration::rep>(value * 1e9));
}
}  // namespace

Pacer::Pacer(std::uint64_t nominal_rate)
    : nominal_rate_(std::clamp(static_cast<double>(nominal_rate), kMinRate, kMaxRate)),
      rate_(nominal_rate_),
      spare_(kFirstSpare) {}

Duration Pacer::target() const {
  if (air_burst_) return std::max(time_for(*air_burst_), seconds(kTargetBytes / rate_));
  // The model is as inaccurate as arrival times scatter. While searching: only a line with a queue can show
  // that it is faster.
  const Duration spare = searching_               ? kSpareToSearch
                         : hurry_ == Hurry::typed ? kSpareForTyping
                                                  : std::min(spare_ + 2 * scatter_, kMostSpare);
  const Duration search =
      lumps_search_ == LumpsSearch::under_way && hurry_ != Hurry::typed ? search_depth() : Duration{};
  return std::max(spare + slice_time() + search, seconds(kTargetBytes / rate_));
}

Duration Pacer::slice_time() const {
  // In lumps, the slices of bulk in both directions would keep step with them.
  const bool small = hurry_ == Hurry::typed || (hurry_ == Hurry::sparse && !lumpy_);
  return small && !searching_ ? kSliceInHurry : kSlice;
}

std::size_t Pacer::slice() const {
  const double bytes = std::max(to_seconds(slice_time()) * rate_, kTargetBytes / kSlicesPerTargetBytes);
  return static_cast<std::size_t>(bytes);
}

Duration Pacer::time_for(std::size_t bytes) const {
  return seconds(static_cast<double>(bytes) / rate_);
}

std::size_t Pacer::bytes_in(Duration time) const {
  return static_cast<std::size_t>(to_seconds(time) * rate_);
}

std::size_t Pacer::allowance(Time now) const {
  if (frame_is_sample_) return kShortFrame;
  const Duration queue = std::max(Duration{}, leaves_ - std::max(now, held_until_));
  if (queue > target()) return 0;
  return static_cast<std::size_t>(to_seconds(target() - queue) * rate_) + 1;
}

Time Pacer::slice_due() const {
  return held_due(leaves_ - target() + time_for(slice()));
}

void Pacer::frame_begins(Time now) {
  frame_on_idle_line_ = leaves_ <= now;
  frame_start_position_ = position_;
  frame_is_sample_ = false;
}

void Pacer::handed(std::size_t count, Time now) {
  allow_for_late_wake_up(now);
  leaves_ = std::max(leaves_, now) + time_for(count);
  busy_ += time_for(count);
  position_ += count;
}

void Pacer::allow_for_late_wake_up(Time now) {
  if (!std::exchange(bulk_waits_, false)) return;
  const Duration dry = std::max(Duration{}, now - leaves_);
  const Time since = std::exchange(spare_since_, now);
  const Duration less = since == Time{} ? Duration{} : seconds(to_seconds(now - since) * kSpareLess);
  spare_ = std::clamp(spare_ + dry - less, kLeastSpare, kMostSpare);
}

Pacer::Stamp Pacer::stamp(Time now) const {
  const std::uint64_t bytes = position_ - frame_start_position_;
  const bool tells_offset = frame_on_idle_line_ && bytes <= kShortFrame;
  return {now,
          leaves_,
          correction_,
          held_back_,
          position_,
          busy_,
          leaves_ - time_for(bytes),
          tells_offset ? bytes : 0};
}

Duration Pacer::unwrap_arrival(std::uint32_t ticks) {
  constexpr std::int64_t kModulus = std::int64_t{1} << wire::kArrivalBits;
  if (!heard_) {
    heard_ = true;
    last_arrival_ = wire::kArrivalUnit * static_cast<std::int64_t>(ticks);
  } else {
    std::int64_t delta =
        (static_cast<std::int64_t>(ticks) - static_cast<std::int64_t>(last_ticks_)) & (kModulus - 1);
    if (delta >= kModulus / 2) delta -= kModulus;
    last_arrival_ += wire::kArrivalUnit * delta;
  }
  last_ticks_ = ticks;
  return last_arrival_;
}

void Pacer::arrived(const Stamp& stamp, std::uint32_t arrival_ticks, Time now) {
  if (air_burst_) return;
  const Duration arrival = unwrap_arrival(arrival_ticks);
  const Duration offset = arrival - stamp.leaves.time_since_epoch();
  if (stamp.idle_bytes > 0) {
    // Independent of the model: the line has carried the frame, and its answer, in this time.
    const double carried =
        static_cast<double>(stamp.idle_bytes) / to_seconds(std::max<Duration>(now - stamp.began, 1us));
    rate_ = std::clamp(carried, rate_, std::max(rate_, kMaxRate));
    return idle_sample_arrived({arrival - stamp.began.time_since_epoch(), stamp.idle_bytes}, now);
  }
  if (!least_now_) return;
  Duration late = offset - base_offset();
  // A delay cannot be longer than the time since then; if it seems to be, the peer's clock has jumped.
  if (late > now - stamp.handed + kPacerTolerance) return forget_peer();
  // A byte cannot arrive before it was handed over; if it seems to, the latency has decreased.
  if (const Duration earliest = stamp.handed - stamp.leaves; late < earliest - kPacerTolerance) {
    least_before_.reset();
    least_now_ = IdleSample{offset - earliest, 0};
    late = earliest;
  }

  // Corrections since the frame was handed over are not applied twice.
  const Duration error = late - (correction_ - stamp.correction);
  const Duration uncorrected = offset + stamp.correction;
  if (in_lumps(stamp, offset + stamp.held_back)) return follow_lumps(stamp, uncorrected, now);
  if (error > kPacerTolerance) return frame_was_late(error, stamp, now);
  late_.count = 0;
  if (error < -kEarlyTolerance) {
    // On a far path, all frames that were in flight when the rate was raised show the same error.
    if (last_raised_ - stamp.handed > kSameAnswer) return correct(error, now);
    line_is_faster(error, now);
  } else {
    // One frame in time does not disprove the early ones before it: it may have been held back on the way.
    if (raises_in_a_row_ > 0) --raises_in_a_row_;
    if (raises_in_a_row_ == 0) searching_ = false;
    scatter_ = (7 * scatter_ + std::chrono::abs(error)) / 8;
    follow(error, now);
  }
}

/// Follows the earlier frames more than the later ones: a busy peer that notes arrivals late must not make
/// the model late, since the line would then become idle unnoticed.
void Pacer::follow(Duration error, Time now) {
  const Duration weighed = error > Duration{} ? error / 4 : error;
  correct(weighed / 2, now);
  // A proportional correction: the whole error is compensated within a second.
  rate_ = std::clamp(rate_ * (1.0 - std::clamp(to_seconds(weighed), -0.002, 0.002)), kMinRate, kMaxRate);
}

/// At the current rate: a sample from before the line was found to be faster is equally valid.
Duration Pacer::offset_of(const IdleSample& sample) const {
  return sample.delay - time_for(sample.bytes);
}

Duration Pacer::base_offset() const {
  const Duration offset = offset_of(*least_now_);
  return least_before_ ? std::min(offset, offset_of(*least_before_)) : offset;
}

/// If it is earlier than ever, either the line is faster than the model, or the latency has decreased. Only a
/// faster line shows in a single frame.
void Pacer::idle_sample_arrived(const IdleSample& sample, Time now) {
  if (least_now_ && !lumpy_) {
    const Duration early = base_offset() - offset_of(sample);
    if (early > kEarlyTolerance && ++early_samples_ < kCertainEarlySamples)
      return line_is_faster(-early, now);
  }
  early_samples_ = 0;
  learn_offset(sample, now);
}

void Pacer::learn_offset(const IdleSample& sample, Time now) {
  last_idle_sample_ = now;
  if (!least_now_ || now - window_started_ > kOffsetWindow) {
    least_before_ = least_now_;
    least_now_ = sample;
    window_started_ = now;
    return;
  }
  if (offset_of(sample) < offset_of(*least_now_)) least_now_ = sample;
}

void Pacer::frame_was_late(Duration error, const Stamp& stamp, Time now) {
  if (late_.count == 0) late_ = {stamp.position, stamp.busy, error, error, 0};
  ++late_.count;
  late_.least = std::min(late_.least, error);
  last_late_ = now;
  // The time that the line needed for these bytes. Pauses between them, and times in which nothing arrived,
  // do not count.
  const std::uint64_t bytes = stamp.position - late_.position;
  const Duration took = stamp.busy - late_.busy + error - late_.error;
  const bool certain = late_.count >= (error > kVeryLate ? kCertainWhenVeryLate : kCertain);
  if (!certain || took < kMeasureOver) return;
  searching_ = false;
  raises_in_a_row_ = 0;
  // A queue that does not grow is not caused by a slower line, but by a delay on the way.
  const bool grows = error - late_.error > kPacerTolerance / 2;
  const double measured = static_cast<double>(bytes) / to_seconds(took);
  if (grows) rate_ = std::clamp(measured, std::max(kMinRate, rate_ / 2), rate_);
  // Start counting again: if frames are still equally late after holding back, there was no queue.
  late_.count = 0;
  // The queue cannot contain more than what was handed over after the frame whose arrival is now known.
  const Time latest = now + time_for(position_ - stamp.position) + target();
  correct(std::min(late_.least, std::max(Duration{}, latest - leaves_)), now);
}

bool Pacer::may_be_lumpy(Time now) const {
  return lumpy_ || (last_late_ != Time{} && now - last_late_ < kLumpsSuspected);
}

void Pacer::line_is_faster(Duration error, Time now) {
  const auto step = static_cast<std::size_t>(std::min<int>(raises_in_a_row_, kRaise.size() - 1));
  ++raises_in_a_row_;
  last_raised_ = now;
  if (raises_in_a_row_ > 1) searching_ = true;
  rate_ = std::min(kMaxRate, rate_ * (1 + kRaise[step]));
  correct(error, now);
}

void Pacer::correct(Duration by, Time now) {
  const Time corrected = std::max(leaves_ + by, std::min(leaves_, now));
  correction_ += corrected - leaves_;
  held_back_ += std::max(Duration{}, corrected - leaves_);
  leaves_ = corrected;
}

void Pacer::follow_air(double rate, std::size_t burst) {
  rate_ = std::clamp(rate, kMinRate, kMaxRate);
  air_burst_ = burst;
}

void Pacer::turn_begins(Duration turn_round, Time now) {
  held_until_ = std::max(leaves_, now) + turn_round;
  leaves_ = held_until_;
}

void Pacer::next_peer() {
  air_burst_.reset();
  held_until_ = Time{};
  forget_peer();
  rate_ = std::max(rate_, nominal_rate_);
}

void Pacer::forget_peer() {
  least_now_.reset();
  least_before_.reset();
  last_idle_sample_ = Time{};
  heard_ = false;
  late_.count = 0;
  early_samples_ = 0;
  jitter_ = Jitter{};
  lumpy_ = false;
  forget_rounds();
}

void Pacer::line_has_rate(std::uint64_t nominal_rate, std::uint64_t measured, Time now) {
  const std::size_t queued = bytes_in(std::max(Duration{}, leaves_ - now));
  nominal_rate_ = std::clamp(static_cast<double>(nominal_rate), kMinRate, kMaxRate);
  forget_peer();
  line_restored(now);
  searching_ = measured == 0;
  rate_ = searching_ ? nominal_rate_ : static_cast<double>(measured);
  leaves_ = now + time_for(queued);
}

void Pacer::line_restored(Time now) {
  leaves_ = now;
  late_.count = 0;
  raises_in_a_row_ = 0;
}

Time Pacer::idle_sample_due() const {
  if (air_burst_) return kNever;
  return std::max(last_idle_sample_ + kIdleSampleEvery, idle_sample_retry_);
}

void Pacer::idle_sample_begins(Time now) {
  frame_is_sample_ = true;
  idle_sample_retry_ = now + kIdleSampleRetry;
}

bool Pacer::wants_idle_sample(Time now) const {
  return idle_sample_due() <= now;
}

}  // namespace serialtcp::link
