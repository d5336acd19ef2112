#include "link/air.h"

#include <algorithm>

namespace serialtcp::link {

namespace {

using namespace std::chrono_literals;

// The smallest modem buffers hold 256 bytes.
constexpr double kFirstBurst = 128;
constexpr double kLeastBurst = 80;
constexpr double kMostBurst = 4096;
constexpr double kLeastRate = 10;
constexpr double kMostRate = 1e9;
// Upper bound of the bytes that follow the data of a turn.
constexpr double kTail = 48;
// The assumed time of an answer, before one has arrived.
constexpr Duration kFirstAnswer = 300ms;
// A turn is this many times as long as a change of turns costs, so that changes cost a tenth of the line;
// while sparse data is sent, a quarter.
constexpr int kTurnsPerChange = 10;
constexpr int kTurnsPerChangeTyping = 4;
// A turn is at least as long as this and as these bytes take, and at most as long as this.
constexpr Duration kShortestTurn = 120ms;
constexpr double kShortestTurnBytes = 384;
constexpr Duration kLongestTurn = 8s;
// Both ends are programs: an answer may be late by this much although the air is not slower.
constexpr Duration kAirTolerance = 12ms;
// A measurement of the peer counts if it has at least these bytes and this time. Older ones have less weight.
constexpr std::size_t kMeasuredBytes = 48;
constexpr Duration kMeasuredSpan = 2ms;
constexpr double kForgetAir = 0.75;
// A total measured time that is enough to rely on.
constexpr double kEnoughAir = 0.02;
// The delay of an answer is a poor measurement. It counts only if the air is slower by a third.
constexpr double kMuchSlowerAir = 0.67;
// The rate is raised by these factors after this many turns without a loss in which at least this part of it
// arrived.
constexpr double kAsFast = 0.97;
constexpr int kCleanTurns = 4;
constexpr std::array kRaise = {1.01, 1.01, 1.02, 1.04, 1.08, 1.16, 1.32};
// If the beginning of a turn may have left the air idle, only a turn this many times as long shows the rate.
constexpr int kLongTurn = 4;
// After no answer, the next one is awaited this many times as long, up to kMostLonger.
constexpr double kAwaitLonger = 1.5;
constexpr double kMostLonger = 128;
// Both ends are programs: lower and upper bound of the waiting time.
constexpr Duration kLeastAirPatience = 50ms;
constexpr Duration kMostPatience = 4s;
// The rate is multiplied by this after a loss, and is at least this part of the measured rate.
constexpr double kLessAfterLoss = 0.97;
constexpr double kLeastOfMeasured = 0.85;
// Noise does not destroy more than this part of a turn.
constexpr double kOverrunShare = 0.2;
// This many such turns in a row mean that the air has become slower.
constexpr int kCertainOverruns = 2;
// The burst grows while the rate is not known, grows more slowly later, and is shortened after a loss.
constexpr double kBurstGrows = 1.5;
constexpr double kBurstGrowsLater = 1.125;
constexpr double kLessBurst = 0.7;
// A turn with this part of its maximum is a full one.
constexpr double kFullTurn = 0.75;

/// It was handed over as fast as the wire to the modem carries it, so only the air determined when it
/// arrived.
bool is_one_burst(const Air::Turn& turn) {
  return turn.bytes <= turn.burst;
}

}  // namespace

Air::Air(std::uint64_t nominal_rate)
    : nominal_(std::clamp(static_cast<double>(nominal_rate), kLeastRate, kMostRate)),
      rate_(nominal_),
      burst_(kFirstBurst),
      answers_(kFirstAnswer) {}

Duration Air::time_for(double bytes) const {
  return Duration(static_cast<Duration::rep>(bytes / rate_ * 1e9));
}

/// At the current rate.
Duration Air::cost(const Cost& sample) const {
  return std::max(Duration{}, sample.time - time_for(sample.bytes));
}

Duration Air::turn_round() const {
  if (costs_known_ == 0) return kAirTolerance;
  std::array<Duration, std::tuple_size_v<decltype(costs_)>> costs;
  const auto end =
      std::ranges::transform(costs_.begin(), costs_.begin() + static_cast<std::ptrdiff_t>(costs_known_),
                             costs.begin(), [&](const Cost& sample) { return cost(sample); })
          .out;
  const auto middle = costs.begin() + (end - costs.begin()) / 2;
  std::nth_element(costs.begin(), middle, end);
  return *middle;
}

void Air::add_cost(const Cost& sample) {
  costs_[next_cost_] = sample;
  next_cost_ = (next_cost_ + 1) % costs_.size();
  costs_known_ = std::min(costs_known_ + 1, costs_.size());
}

Duration Air::longest_turn(Typing typing) const {
  const int times = typing == Typing::yes ? kTurnsPerChangeTyping : kTurnsPerChange;
  const Duration wanted = std::max({times * turn_round(), time_for(kShortestTurnBytes), kShortestTurn});
  return std::min(wanted, std::max(kLongestTurn, time_for(kFirstBurst)));
}

Duration Air::patience() const {
  const Duration usual = std::max(answers_.patience(), kLeastAirPatience);
  const auto longer = static_cast<Duration::rep>(static_cast<double>(usual.count()) * longer_);
  return std::min(Duration(longer), std::max(usual, kMostPatience));
}

std::size_t Air::turn_bytes(Typing typing) const {
  const double most = rate_ * to_seconds(longest_turn(typing));
  return static_cast<std::size_t>(std::max(kLeastBurst, known_ ? most : std::min(most, burst_ - kTail)));
}

void Air::learn(const Turn& turn) {
  answers_.sample(turn.after_end);
  longer_ = 1;
  if (turn.answered && turn.bytes <= kShortTurn) add_cost({*turn.answered, static_cast<double>(turn.bytes)});
  // The whole turn was read at once by the peer: only the answer shows when it arrived.
  if (is_one_burst(turn) && turn.lost == 0 && turn.bytes > kShortTurn) learn_from_delay(turn);
  learn_burst(turn);
}

void Air::learn_loss(const Turn& turn) {
  if (turn.bytes > kShortTurn) shorten_burst(turn);
}

void Air::learn_silence(const Turn& turn) {
  longer_ = std::min(longer_ * kAwaitLonger, kMostLonger);
  if (turn.bytes <= kShortTurn) return;
  shorten_burst(turn);
  if (turn.bytes > turn.burst) rate_ = std::max(kLeastOfMeasured * anchor(), kLessAfterLoss * rate_);
}

void Air::learn(const Measured& measured, const Turn& turn) {
  // More bytes than were sent belong to a turn that crossed this one.
  if (measured.bytes < kMeasuredBytes || measured.span < kMeasuredSpan || measured.bytes > turn.bytes) return;
  if (is_one_burst(turn)) {
    measured_bytes_ = measured_bytes_ * kForgetAir + static_cast<double>(measured.bytes);
    measured_seconds_ = measured_seconds_ * kForgetAir + to_seconds(measured.span);
    rate_ = std::clamp(anchor(), kLeastRate, kMostRate);
    if (measured_seconds_ >= kEnoughAir) known_ = true;
  } else {
    correct(measured, turn);
  }
  if (!turn.answered || turn.bytes <= kShortTurn) return;
  const auto first = static_cast<double>(turn.bytes) - static_cast<double>(turn.lost + measured.bytes);
  add_cost({*turn.answered - measured.span, std::max(0.0, first)});
}

double Air::anchor() const {
  return measured_seconds_ > 0 ? measured_bytes_ / measured_seconds_ : nominal_;
}

/// After a turn that was sent at rate_. `arrived` is at most the rate of the air, and exactly that where the
/// modem's buffer overflowed.
void Air::correct(const Measured& measured, const Turn& turn) {
  const double arrived = static_cast<double>(measured.bytes) / to_seconds(measured.span);
  if (turn.lost == 0) return raise(arrived);
  clean_turns_ = 0;
  const double least = kLeastOfMeasured * anchor();
  const double less = kLessAfterLoss * rate_;
  const bool tells = measured.span >= kLongTurn * turn_round();
  const bool overrun =
      tells && static_cast<double>(turn.lost) > kOverrunShare * static_cast<double>(turn.bytes);
  overruns_ = overrun && arrived < least ? overruns_ + 1 : 0;
  if (overruns_ >= kCertainOverruns) {
    measured_bytes_ = arrived;
    measured_seconds_ = 1;
    rate_ = std::clamp(arrived, kLeastRate, kMostRate);
    return;
  }
  // Noise must not lower the rate again and again.
  rate_ = std::max(least, overrun ? std::min(less, arrived) : less);
}

/// Nothing was lost: raises the rate if the air has carried all that was sent.
void Air::raise(double arrived) {
  overruns_ = 0;
  if (arrived < kAsFast * rate_) {
    clean_turns_ = 0;
    return;
  }
  rate_ = std::max(rate_, arrived);
  ++clean_turns_;
  if (clean_turns_ < kCleanTurns) return;
  const auto step =
      std::min<std::size_t>(static_cast<std::size_t>(clean_turns_ - kCleanTurns), kRaise.size() - 1);
  rate_ = std::min(kMostRate, rate_ * kRaise[step]);
}

void Air::learn_from_delay(const Turn& turn) {
  if (!turn.answered) return;
  if (costs_known_ == 0) return add_cost({*turn.answered, static_cast<double>(turn.bytes)});
  const Duration took = *turn.answered - turn_round();
  const auto bytes = static_cast<double>(turn.bytes);
  if (took - time_for(bytes) <= kAirTolerance || bytes / to_seconds(took) > kMuchSlowerAir * rate_) return;
  measured_bytes_ = bytes;
  measured_seconds_ = to_seconds(took);
  rate_ = std::max(kLeastRate, anchor());
  known_ = true;
}

void Air::shorten_burst(const Turn& turn) {
  known_ = true;
  clean_turns_ = 0;
  burst_failed_ = std::min(burst_, static_cast<double>(turn.bytes));
  burst_ = std::max(kLeastBurst, burst_failed_ * kLessBurst);
}

void Air::learn_burst(const Turn& turn) {
  const auto bytes = static_cast<double>(turn.bytes);
  if (turn.lost > 0) {
    // A short turn fits into any buffer: it was noise, or a collision.
    if (turn.bytes > kShortTurn) shorten_burst(turn);
  } else if (!known_) {
    if (burst_ > rate_ * to_seconds(longest_turn(Typing::no))) {
      known_ = true;
    } else if (bytes >= kFullTurn * (burst_ - kTail)) {
      burst_ *= kBurstGrows;
    }
  } else if (burst_failed_ > 0 && burst_ >= kLessBurst * burst_failed_) {
    burst_failed_ += 1;
  } else {
    // A burst that covers the turnaround, in which this end may wait too long, is enough.
    const double enough =
        std::clamp(rate_ * std::max(to_seconds(turn_round()), 0.1), kFirstBurst, kMostBurst);
    burst_ = std::clamp(burst_ * kBurstGrowsLater, burst_, std::max(burst_, enough));
  }
}

}  // namespace serialtcp::link
