#include "link/ladder.h"

#include <algorithm>

namespace serialtcp::link {

namespace {

using namespace std::chrono_literals;

// A trial that failed is repeated once, soon if something has arrived: there may have been noise, or an end did not run. On a
// cable that can do no more, both cost less than a hundredth of a minute.
constexpr Duration kTryAgain = 5s;
constexpr Duration kTryAgainLater = 20s;
// After that, at doubling intervals.
constexpr Duration kFirstPause = 60s;
constexpr Duration kLongestPause = 1h;
// From the base, the first step is the smallest that is worth it: what is tried in vain there costs most. Later ones are
// longer.
constexpr std::uint32_t kFirstStep = 2;
constexpr std::uint32_t kLongestStep = 4;
// What is lost costs more than its bytes: frames become shorter, and what is urgent waits for its repetition.
constexpr double kCostOfLoss = 4;
// A speed that has broken so often is itself the cause, unless a stay has lost no more than this.
constexpr unsigned kBreaksOfItself = 2;
constexpr double kNearlyNothing = 0.01;
// Another speed must be better by this factor.
constexpr double kClearly = 1.1;

Duration doubled(Duration first, unsigned times) {
  return std::min(first * (1 << std::min(times, 10U)), Duration(kLongestPause));
}

}  // namespace

void Ladder::set_rungs(std::span<const std::uint32_t> speeds, std::uint32_t base) {
  speeds_.assign(1, base);
  std::ranges::copy_if(speeds, std::back_inserter(speeds_),
                       [base](std::uint32_t speed) { return speed > base; });
  std::ranges::sort(speeds_);
  speeds_.erase(std::ranges::unique(speeds_).begin(), speeds_.end());
}

bool Ladder::may_try(std::uint32_t speed, Time now) const {
  const auto known = known_.find(speed);
  return known == known_.end() || known->second.not_before <= now;
}

std::optional<std::uint32_t> Ladder::next(std::uint32_t now_at, Time now) const {
  // Above one that does not work there is none that does.
  std::vector<std::uint32_t> above;
  for (const std::uint32_t speed : speeds_) {
    if (speed <= now_at) continue;
    if (!may_try(speed, now)) break;
    above.push_back(speed);
  }
  if (above.empty()) return std::nullopt;
  if (first_ && std::ranges::find(above, *first_) != above.end()) return first_;
  const auto at_least = [&](std::uint32_t times) {
    const auto found =
        std::ranges::find_if(above, [&](std::uint32_t speed) { return speed >= times * now_at; });
    return found != above.end() ? *found : above.back();
  };
  if (now_at == speeds_.front()) return at_least(kFirstStep);
  const bool limited = above.back() != speeds_.back();
  if (limited) return above[above.size() / 2];
  const auto beyond =
      std::ranges::find_if(above, [&](std::uint32_t speed) { return speed > kLongestStep * now_at; });
  return beyond == above.begin() ? above.front() : *std::prev(beyond);
}

void Ladder::failed(std::uint32_t speed, Arrived arrived, Time now) {
  if (first_ == speed) first_.reset();
  Rung& rung = fail(speed);
  rung.stay.reset();
  const Duration first = arrived == Arrived::something ? kTryAgain : kTryAgainLater;
  rung.not_before = now + (rung.failures == 1 ? first : doubled(kFirstPause, rung.failures - 2));
}

void Ladder::broke(std::uint32_t speed, Time now) {
  Rung& rung = known_[speed];
  rung.stay.reset();
  if (++rung.breaks < kBreaksOfItself) {
    first_ = speed;
    return;
  }
  rung.breaks = 0;
  ++rung.failures;
  rung.not_before = std::max(rung.not_before, now + doubled(kFirstPause, rung.failures - 1));
  first_ = below(speed);
}

/// The next one; the base has none.
std::uint32_t Ladder::below(std::uint32_t speed) const {
  const auto at = std::ranges::lower_bound(speeds_, speed);
  return at == speeds_.begin() ? speed : *std::prev(at);
}

void Ladder::next_peer() {
  for (auto& [speed, rung] : known_) {
    if (rung.failures == 1) rung = {};
  }
}

/// Bits per second, as far as they are of use.
double Ladder::worth(std::uint32_t speed) const {
  const auto known = known_.find(speed);
  if (known == known_.end() || !known->second.stay) return speed;
  const Stay& stay = *known->second.stay;
  return speed * std::max(0.0, 1 - kCostOfLoss * stay.lost) * stay.carried;
}

std::optional<std::uint32_t> Ladder::judge(std::uint32_t speed, const Stay& stay, Time now) {
  known_[speed].stay = stay;
  if (stay.lost <= kNearlyNothing) known_[speed].breaks = 0;
  std::uint32_t best = speed;
  for (const std::uint32_t other : speeds_) {
    const bool known = known_.contains(other) && known_[other].stay;
    if (other > speed && (!known || !may_try(other, now))) continue;
    if (worth(other) > kClearly * worth(best)) best = other;
  }
  if (best == speed) return std::nullopt;
  if (best < speed) {
    Rung& rung = fail(speed);
    rung.not_before = now + doubled(kFirstPause, rung.failures - 1);
  }
  return best;
}

}  // namespace serialtcp::link
