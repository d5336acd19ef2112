#include "link/air.h"

#include <algorithm>

namespace serialtcp::link {

namespace {

using namespace std::chrono_literals;

// The smallest modem buffers hold 256 bytes.
constexpr double kFirstBurst = 128;
constexpr double kLeastBurst = 64;
constexpr double kMostBurst = 4096;
constexpr double kLeastRate = 10;
constexpr double kMostRate = 1e9;
// A turn up to this size tells how long an answer takes in any case.
constexpr std::size_t kShortTurn = 160;
// So many short turns are a window, of which the least is remembered.
constexpr int kWindow = 16;
// Before anything was heard, an answer may take so long.
constexpr Duration kFirstAnswer = 700ms;
// A turn is so many times as long as the time that a change of turns costs, so that changes cost a sixth of the
// line; while somebody types, a quarter.
constexpr int kTurnsPerChange = 10;
constexpr int kTurnsPerChangeTyping = 6;
// But neither shorter than this, or than so many bytes take, nor longer than this.
constexpr Duration kShortestTurn = 120ms;
constexpr double kShortestTurnBytes = 384;
constexpr Duration kLongestTurn = 6s;
// An answer may come so much later without the air being slower: both ends are programs.
constexpr Duration kTolerance = 12ms;
constexpr double kToleranceShare = 0.03;
// How much the rate is raised each turn in which the air was not the limit: before it ever was, and after.
constexpr double kRaise = 1.25;
constexpr double kRaiseSlowly = 1.01;
// How much it is lowered when something is lost, and what it is never lowered below or left above.
constexpr double kLessAfterLoss = 0.97;
constexpr double kLeastOfMeasured = 0.85;
constexpr double kMostOfMeasured = 1.05;
// A turn of this part of what it may have says something of what the air can carry.
constexpr double kFullTurn = 0.75;

double to_seconds(Duration value) {
  return static_cast<double>(value.count()) / 1e9;
}

}  // namespace

Air::Air(std::uint64_t nominal_rate)
    : nominal_(std::clamp(static_cast<double>(nominal_rate), kLeastRate, kMostRate)),
      rate_(nominal_),
      burst_(kFirstBurst),
      allowed_(kFirstBurst),
      answers_(kFirstAnswer) {}

Duration Air::time_for(double bytes) const {
  return Duration(static_cast<Duration::rep>(bytes / rate_ * 1e9));
}

Duration Air::fixed_part(const Reference& reference) const {
  return std::max(Duration{}, reference.answered - time_for(static_cast<double>(reference.bytes)));
}

Duration Air::turn_round() const {
  if (!least_now_) return kTolerance;
  const Duration now = fixed_part(*least_now_);
  return least_before_ ? std::min(now, fixed_part(*least_before_)) : now;
}

Duration Air::longest_turn(Typing typing) const {
  const int times = typing == Typing::yes ? kTurnsPerChangeTyping : kTurnsPerChange;
  const Duration wanted = std::max({times * turn_round(), time_for(kShortestTurnBytes), kShortestTurn});
  return std::min(wanted, std::max(kLongestTurn, time_for(kFirstBurst)));
}

std::size_t Air::turn_bytes(Typing typing) const {
  const double most = rate_ * to_seconds(longest_turn(typing));
  return static_cast<std::size_t>(std::max(kLeastBurst, std::min(most, known_ ? most : allowed_)));
}

void Air::learn(const Turn& turn) {
  answers_.sample(turn.after_end);
  if (turn.bytes <= kShortTurn) return learn_reference(turn);
  learn_rate(turn);
  learn_burst(turn);
}

void Air::learn_reference(const Turn& turn) {
  const Reference sample{turn.answered, turn.bytes};
  if (!least_now_ || ++in_window_ > kWindow) {
    if (least_now_) least_before_ = least_now_;
    least_now_ = sample;
    in_window_ = 0;
  } else if (fixed_part(sample) < fixed_part(*least_now_)) {
    least_now_ = sample;
  }
  if (turn.lost == 0) allowed_ = std::max(allowed_, 2.0 * kFirstBurst);
}

void Air::learn_rate(const Turn& turn) {
  if (!least_now_) return learn_reference(turn);
  // Bytes of lost frames may not have been in the air.
  const auto carried = static_cast<double>(turn.bytes - std::min(turn.lost, turn.bytes / 2));
  const Duration tolerance = std::max(kTolerance, time_for(carried * kToleranceShare));
  // Behind the burst, this end itself waited for the modem to turn round, perhaps for longer than necessary.
  const Duration waited = turn.bytes > burst() ? turn_round() : Duration{};
  const Duration took = turn.answered - turn_round();
  if (took - time_for(carried) > waited + tolerance) {
    rate_ = limited_at_ = std::clamp(carried / to_seconds(took), kLeastRate, rate_);
    known_ = true;
  } else if (turn.lost > 0) {
    // Noise must not make it slower and slower.
    const double measured = limited_at_ > 0 ? limited_at_ : nominal_;
    rate_ = std::max(kLeastOfMeasured * measured, kLessAfterLoss * std::min(rate_, kMostOfMeasured * measured));
    allowed_ = std::max(kFirstBurst, allowed_ / 2);
  } else {
    raise(turn);
  }
}

void Air::raise(const Turn& turn) {
  const auto bytes = static_cast<double>(turn.bytes);
  if (!known_ && bytes >= kFullTurn * allowed_) allowed_ *= 2;
  if (allowed_ > rate_ * to_seconds(longest_turn(Typing::no))) known_ = true;
  const bool full = bytes >= kFullTurn * rate_ * to_seconds(longest_turn(Typing::yes));
  if (full && known_) rate_ = std::min(kMostRate, rate_ * (limited_at_ > 0 ? kRaiseSlowly : kRaise));
}

void Air::learn_burst(const Turn& turn) {
  if (turn.lost > 0) {
    burst_failed_ = burst_;
    burst_ = std::max(kLeastBurst, burst_ * 0.75);
  } else if (burst_failed_ == 0 || burst_ < 0.7 * burst_failed_) {
    // What covers a tenth of a second is enough.
    const double enough = std::clamp(rate_ / 10, kFirstBurst, kMostBurst);
    burst_ = std::min(burst_ * 1.125, std::max(burst_, enough));
  } else {
    burst_failed_ += 1;
  }
}

}  // namespace serialtcp::link
