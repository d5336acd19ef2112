#include "ip/codel.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace serialtcp::ip {
namespace {

/// Strikes that ended less than this many intervals ago go on about where they ended.
constexpr int kRemembered = 16;

Time next_strike(const CodelTuning& tuning, Time from, std::uint32_t count) {
  const double pause = static_cast<double>(tuning.interval.count()) / std::sqrt(static_cast<double>(count));
  return from + Duration(static_cast<Duration::rep>(pause));
}

}  // namespace

CodelTuning CodelTuning::for_line(std::uint64_t rate, std::size_t packet) {
  CHECK(rate >= 1 && packet >= 1);
  const double seconds = static_cast<double>(packet) / static_cast<double>(rate);
  const auto one_packet = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  CodelTuning tuning;
  tuning.target = std::max(tuning.target, one_packet + one_packet / 2);
  tuning.interval = std::max(tuning.interval, 2 * tuning.target);
  return tuning;
}

bool Codel::strikes(const CodelTuning& tuning, Duration waited, bool is_short, Time now) {
  if (!is_late(tuning, waited, is_short, now)) {
    striking_ = false;
    return false;
  }
  if (!striking_) {
    begin(tuning, now);
    return true;
  }
  if (now < next_) return false;
  ++count_;
  next_ = next_strike(tuning, next_, count_);
  return true;
}

bool Codel::is_late(const CodelTuning& tuning, Duration waited, bool is_short, Time now) {
  if (waited < tuning.target || is_short) {
    late_at_ = kNever;
    return false;
  }
  if (late_at_ == kNever) {
    late_at_ = now + tuning.interval;
    return false;
  }
  return now >= late_at_;
}

void Codel::begin(const CodelTuning& tuning, Time now) {
  const std::uint32_t more = count_ - count_before_;
  const bool recent = next_ != Time::min() && now - next_ < kRemembered * tuning.interval;
  count_ = more > 1 && recent ? more : 1;
  count_before_ = count_;
  next_ = next_strike(tuning, now, count_);
  striking_ = true;
}

}  // namespace serialtcp::ip
