#include "link/pacer.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "line/frame.h"

namespace serialtcp::link {

namespace {

using namespace std::chrono_literals;

// Long enough to bridge a late wake-up of a busy machine, short enough that a keystroke does not notice.
constexpr Duration kTargetQueue = 6ms;
// But never fewer bytes than this: on slow lines a few characters are many milliseconds.
constexpr double kTargetBytes = 12;
// A burst of bulk per wake-up: a quarter of the queue.
constexpr int kSlicesPerTarget = 4;
// Error that is taken for jitter of wake-ups and drivers.
constexpr Duration kTolerance = 2ms;
// So many late frames in a row are no jitter; fewer if they are very late.
constexpr int kCertain = 6;
constexpr int kCertainWhenVeryLate = 2;
constexpr Duration kVeryLate = 30ms;
// A rate is measured over no less than this.
constexpr Duration kMeasureOver = 30ms;
constexpr Duration kOffsetWindow = 30s;
constexpr Duration kIdleSampleEvery = 15s;
constexpr Duration kIdleSampleRetry = 1s;
// A frame no longer than this, on an idle line, tells the offset.
constexpr std::uint64_t kShortFrame = 64;
constexpr double kMinRate = 10;
constexpr double kMaxRate = 1e9;
// How much the rate is raised each time in a row that the line is found faster.
constexpr std::array<double, 5> kRaise = {1.0 / 64, 1.0 / 16, 1.0 / 4, 1.0 / 2, 1.0};

Duration seconds(double value) {
  return Duration(static_cast<Duration::rep>(value * 1e9));
}
double to_seconds(Duration value) {
  return static_cast<double>(value.count()) / 1e9;
}

}  // namespace

Pacer::Pacer(std::uint64_t nominal_rate)
    : nominal_rate_(std::clamp(static_cast<double>(nominal_rate), kMinRate, kMaxRate)),
      rate_(nominal_rate_) {}

Duration Pacer::target() const {
  return std::max(kTargetQueue, seconds(kTargetBytes / rate_));
}

std::size_t Pacer::slice() const {
  return std::max<std::size_t>(1, static_cast<std::size_t>(to_seconds(target()) * rate_ / kSlicesPerTarget));
}

Duration Pacer::time_for(std::size_t bytes) const {
  return seconds(static_cast<double>(bytes) / rate_);
}

std::size_t Pacer::allowance(Time now) const {
  const Duration queue = std::max(Duration{}, leaves_ - now);
  if (queue > target()) return 0;
  return static_cast<std::size_t>(to_seconds(target() - queue) * rate_) + 1;
}

Time Pacer::slice_due() const {
  return leaves_ - target() + time_for(slice());
}

void Pacer::frame_begins(Time now) {
  frame_on_idle_line_ = leaves_ <= now;
  frame_start_position_ = position_;
}

void Pacer::handed(std::size_t count, Time now) {
  leaves_ = std::max(leaves_, now) + time_for(count);
  position_ += count;
}

Pacer::Stamp Pacer::stamp(Time now) const {
  const bool brief = position_ - frame_start_position_ <= kShortFrame;
  return {now, leaves_, correction_, position_, frame_on_idle_line_ && brief};
}

Duration Pacer::unwrap_arrival(std::uint32_t ticks) {
  constexpr std::int64_t kModulus = std::int64_t{1} << line::kArrivalBits;
  if (!heard_) {
    heard_ = true;
    last_arrival_ = line::kArrivalUnit * static_cast<std::int64_t>(ticks);
  } else {
    std::int64_t delta =
        (static_cast<std::int64_t>(ticks) - static_cast<std::int64_t>(last_ticks_)) & (kModulus - 1);
    if (delta >= kModulus / 2) delta -= kModulus;
    last_arrival_ += line::kArrivalUnit * delta;
  }
  last_ticks_ = ticks;
  return last_arrival_;
}

void Pacer::arrived(const Stamp& stamp, std::uint32_t arrival_ticks, Time now) {
  const Duration arrival = unwrap_arrival(arrival_ticks);
  const Duration offset = arrival - stamp.leaves.time_since_epoch();
  if (stamp.on_idle_line) learn_offset(offset, now);
  if (!offset_now_) return;
  Duration late = offset - base_offset();
  // A real delay cannot be longer than the time since; if it seems so, the peer's clock jumped.
  if (late > now - stamp.handed + kTolerance) return forget_peer();
  // Nor can a byte arrive before it was handed over; if it seems so, the latency has become less.
  if (const Duration earliest = stamp.handed - stamp.leaves; late < earliest - kTolerance) {
    offset_before_.reset();
    *offset_now_ = offset - earliest;
    late = earliest;
  }
  if (stamp.on_idle_line) return;

  // What has been corrected since the frame was handed over need not be corrected again.
  const Duration error = late - (correction_ - stamp.correction);
  if (error > kTolerance) return frame_was_late(error, arrival, stamp, now);
  late_.count = 0;
  if (error < -kTolerance) {
    line_is_faster(error, now);
  } else {
    searching_ = false;
    raises_in_a_row_ = 0;
    correct(error / 4, now);
    // A proportional nudge: the whole error is made up for over a second.
    rate_ = std::clamp(rate_ * (1.0 - std::clamp(to_seconds(error), -0.002, 0.002)), kMinRate, kMaxRate);
  }
}

Duration Pacer::base_offset() const {
  return offset_before_ ? std::min(*offset_now_, *offset_before_) : *offset_now_;
}

void Pacer::learn_offset(Duration offset, Time now) {
  last_idle_sample_ = now;
  if (!offset_now_ || now - window_started_ > kOffsetWindow) {
    offset_before_ = offset_now_;
    offset_now_ = offset;
    window_started_ = now;
    return;
  }
  offset_now_ = std::min(*offset_now_, offset);
}

void Pacer::frame_was_late(Duration error, Duration arrival, const Stamp& stamp, Time now) {
  if (late_.count == 0) late_ = {stamp.position, arrival, error, 0};
  ++late_.count;
  const Duration elapsed = arrival - late_.arrival;
  const bool certain = late_.count >= (error > kVeryLate ? kCertainWhenVeryLate : kCertain);
  if (!certain || elapsed < kMeasureOver) return;
  searching_ = false;
  raises_in_a_row_ = 0;
  // A queue that does not grow is no sign of a slower line: somebody in between takes his time.
  const bool grows = error - late_.error > kTolerance / 2;
  const double measured = static_cast<double>(stamp.position - late_.position) / to_seconds(elapsed);
  if (grows) rate_ = std::clamp(measured, std::max(kMinRate, rate_ / 2), rate_);
  late_ = {stamp.position, arrival, Duration{}, 1};
  // No more can be queued than what was handed over after the frame that was just heard of.
  const Time latest = now + time_for(position_ - stamp.position) + target();
  correct(std::min(error, std::max(Duration{}, latest - leaves_)), now);
}

void Pacer::line_is_faster(Duration error, Time now) {
  const auto step = static_cast<std::size_t>(std::min<int>(raises_in_a_row_, kRaise.size() - 1));
  ++raises_in_a_row_;
  if (raises_in_a_row_ > 1) searching_ = true;
  rate_ = std::min(kMaxRate, rate_ * (1 + kRaise[step]));
  correct(error, now);
}

void Pacer::correct(Duration by, Time now) {
  const Time corrected = std::max(leaves_ + by, std::min(leaves_, now));
  correction_ += corrected - leaves_;
  leaves_ = corrected;
}

void Pacer::next_peer() {
  forget_peer();
  rate_ = std::max(rate_, nominal_rate_);
}

void Pacer::forget_peer() {
  offset_now_.reset();
  offset_before_.reset();
  last_idle_sample_ = Time{};
  heard_ = false;
  late_.count = 0;
}

void Pacer::line_restored(Time now) {
  leaves_ = now;
  late_.count = 0;
  raises_in_a_row_ = 0;
}

Time Pacer::idle_sample_due() const {
  return std::max(last_idle_sample_ + kIdleSampleEvery, idle_sample_retry_);
}

void Pacer::idle_sample_sent(Time now) {
  idle_sample_retry_ = now + kIdleSampleRetry;
}

bool Pacer::wants_idle_sample(Time now) const {
  return idle_sample_due() <= now;
}

}  // namespace serialtcp::link
