#include "link/rtt.h"

#include <algorithm>

namespace serialtcp::link {

void Rtt::sample(Duration rtt) {
  rtt = std::max(rtt, Duration{});
  if (!measured_) {
    measured_ = true;
    smoothed_ = rtt;
    variation_ = rtt / 2;
    return;
  }
  const Duration error = rtt > smoothed_ ? rtt - smoothed_ : smoothed_ - rtt;
  variation_ = (3 * variation_ + error) / 4;
  smoothed_ = (7 * smoothed_ + rtt) / 8;
}

Duration Rtt::patience() const {
  constexpr Duration kGranularity = std::chrono::milliseconds(10);
  return smoothed_ + std::max(4 * variation_, kGranularity);
}

}  // namespace serialtcp::link
