// The part of Pacer for lines that deliver bytes in lumps. There, a frame may arrive late by up to a lump, so
// that single frames show nothing. The earliest of several frames shows the state of the line.
// docs/protocol.md, "Lines that deliver in lumps".
#include <algorithm>
#include <utility>

#include "link/pacer.h"

namespace serialtcp::link {

namespace {

using namespace std::chrono_literals;

// A line whose arrival times scatter by more than kLumpy delivers in lumps, until they scatter by less than
// kNotLumpy. Below that, Pacer's other rules are good enough.
constexpr Duration kLumpy = 11ms;
constexpr Duration kNotLumpy = 6ms;
// The line was idle if by the model it had nothing to send for this long. It is longer than the caller's late
// wake-ups.
constexpr Duration kIdle = 20ms;
// A round has this many frames, of which the earliest counts; fewer if all of them are far too late.
constexpr int kRound = 16;
constexpr int kRoundWhenVeryLate = 2;
constexpr Duration kVeryLateLump = 60ms;
// The earliest frames of rounds scatter, too, by this fraction of the jitter.
constexpr int kResolution = 6;
constexpr Duration kLeastTolerance = 2ms;
// Once jitter is detected, the conclusions from this many frames before are undone, by at most this factor.
constexpr int kUndoneFrames = 16;
constexpr double kMostUndone = 4;
// A line that is faster than the model shows this only when it gets more bytes than the model expects it to
// carry. This is tried at these intervals, for this long and at least for a round. On a line that is 1 % faster, frames
// become earlier by 10 ms in each second of it.
constexpr Duration kSearchEvery = 15s;
constexpr Duration kSearchFor = 3s;
constexpr Duration kSearchAfterFall = 3s;
constexpr Duration kLeastSearch = 10ms;
// The rate is reduced at once to no less than this part.
constexpr double kLargestFall = 1.0 / 8;

}  // namespace

/// Records the jitter, and returns whether the rules for lumps apply.
bool Pacer::in_lumps(const Stamp& stamp, Duration late) {
  const Duration gap =
      (stamp.leaves - last_.leaves) - (stamp.busy - last_.busy) - (stamp.correction - last_.correction);
  if (gap > kIdle) {
    jitter_.interrupt();
    forget_rounds();
  }
  last_ = stamp;
  if (jitter_.samples() == 0 || ++frames_since_rate_ >= kUndoneFrames) {
    rate_before_jitter_ = rate_;
    frames_since_rate_ = 0;
  }
  jitter_.add(late);
  const bool before = std::exchange(lumpy_, jitter() > (lumpy_ ? kNotLumpy : kLumpy));
  if (lumpy_ && !before) {
    // The conclusions from single frames were wrong.
    rate_ = std::clamp(rate_before_jitter_, rate_ / kMostUndone, rate_ * kMostUndone);
    raises_in_a_row_ = 0;
    late_.count = 0;
    forget_rounds();
    lumps_searched_ = Time{};
  }
  return lumpy_;
}

void Pacer::follow_lumps(const Stamp& stamp, Duration late, Time now) {
  // Bytes handed over before the last change of the rate show nothing about it.
  if (stamp.position <= round_from_) return;
  if (round_.count == 0 || late < round_.late) {
    round_.late = late;
    round_.busy = stamp.busy;
    round_.position = stamp.position;
  }
  ++round_.count;
  const bool very_late = round_before_ && round_.count >= kRoundWhenVeryLate &&
                         round_.late - round_before_->late > 3 * jitter() + kVeryLateLump;
  if (round_.count < kRound && !very_late) return;
  // The earliest frames of two rounds in a row may be too close together to measure a rate.
  judge_round(very_late || lumps_search_ != LumpsSearch::none ? round_before_ : round_before_that_, now);
  const bool compared = lumps_search_ == LumpsSearch::none && round_from_ < position_;
  if (compared) round_before_that_ = std::exchange(round_before_, round_);
  round_ = Round{};
}

void Pacer::forget_rounds() {
  round_ = Round{};
  round_before_.reset();
  round_before_that_.reset();
  lumps_search_ = LumpsSearch::none;
}

/// If bytes are received in lumps, those that are sent are probably delivered in lumps, too. This is known at
/// once, and counts until enough was measured.
Duration Pacer::jitter() const {
  if (jitter_.samples() == Jitter::kSamples) return jitter_.amplitude();
  return std::max(jitter_.amplitude(), expected_jitter_);
}

Duration Pacer::lump_tolerance() const {
  return std::max(kLeastTolerance, jitter() / kResolution);
}

void Pacer::judge_round(const std::optional<Round>& before, Time now) {
  const Duration tolerance = lump_tolerance();
  const bool comparable = before && round_.busy > before->busy;
  const Duration took = comparable ? round_.busy - before->busy : Duration{};
  const Duration grown = comparable ? round_.late - before->late : Duration{};
  if (lumps_search_ == LumpsSearch::under_way && comparable) return judge_search(took, grown, now);
  lumps_search_ = LumpsSearch::none;
  const Duration error = round_.late - base_offset() - correction_;
  if (error < -tolerance) {
    // But not earlier than is possible. The frames that the offset was learned from were therefore late.
    least_before_.reset();
    least_now_ = IdleSample{round_.late - correction_, 0};
  } else if (error > tolerance && comparable && grown > tolerance) {
    line_has_a_queue(error, now);
    lumps_line_is_slower(took, grown, now);
  } else if (hurry_ != Hurry::typed && round_before_ &&
             (lumps_searched_ == Time{} || now - lumps_searched_ >= kSearchEvery)) {
    // Also if there seems to be a queue: the frames that the offset was learned from may have been very
    // early.
    search_lumps(now);
  } else if (error > tolerance) {
    line_has_a_queue(error, now);
  }
}

void Pacer::line_has_a_queue(Duration error, Time now) {
  searching_ = false;
  raises_in_a_row_ = 0;
  const Time latest = now + time_for(position_ - round_.position) + target();
  correct(std::min(error, std::max(Duration{}, latest - leaves_)), now);
}

void Pacer::lumps_line_is_slower(Duration took, Duration grown, Time now) {
  const double measured = to_seconds(took) / to_seconds(took + grown);
  rate_ = std::clamp(rate_ * std::max(measured, kLargestFall), kMinRate, kMaxRate);
  forget_rounds();
  round_from_ = position_;
  // This may have been a coincidence: search again soon.
  lumps_searched_ = std::min(lumps_searched_, now - kSearchEvery + kSearchAfterFall);
}

/// How much more is handed over at once, to find out whether the line carries it.
Duration Pacer::search_depth() const {
  return jitter() * 3 / 2 + kLeastSearch;
}

void Pacer::search_lumps(Time now) {
  lumps_searched_ = now;
  lumps_search_ = LumpsSearch::under_way;
  round_from_ = position_;
}

/// Frames became later by `grown` since the last round before the search.
void Pacer::judge_search(Duration took, Duration grown, Time now) {
  if (grown < -(jitter() / 2 + kLeastTolerance)) return lumps_line_is_faster(took, grown, now);
  if (now - lumps_searched_ < kSearchFor) return;
  lumps_search_ = LumpsSearch::none;
  raises_in_a_row_ = 0;
  searching_ = false;
  // What was handed over during the search may have become earlier and earlier. On a far path it is still in flight,
  // and other frames would seem late compared with it.
  round_from_ = position_;
}

void Pacer::lumps_line_is_faster(Duration took, Duration grown, Time now) {
  const auto step = static_cast<std::size_t>(std::min<int>(raises_in_a_row_, kRaise.size() - 1));
  ++raises_in_a_row_;
  const double measured = took + grown > Duration{} ? -to_seconds(grown) / to_seconds(took + grown) : 1.0;
  // A line that has carried all of it may be faster by any factor.
  const double least = -grown > search_depth() * 3 / 4 ? kRaise[step] : kRaise[0];
  rate_ = std::min(kMaxRate, rate_ * (1 + std::clamp(measured, least, 1.0)));
  search_lumps(now);
}

}  // namespace serialtcp::link
