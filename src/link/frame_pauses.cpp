#include "link/frame_pauses.h"

#include <algorithm>
#include <utility>

namespace serialtcp::link {

namespace {

using namespace std::chrono_literals;

// Drivers and USB adapters alone delay bytes by up to 20 ms.
constexpr Duration kLeastPausePatience = 40ms;
// A longer wait is useless: by then the sender has sent a probe.
constexpr Duration kMostPausePatience = 2s;
constexpr Duration kPauseMargin = 10ms;
constexpr int kSmoothing = 8;
// If the longest pause was not confirmed for this long, it is reduced by a quarter.
constexpr Duration kForgetAfter = 60s;

}  // namespace

void FramePauses::paused(Duration pause) {
  in_frame_ = std::max(in_frame_, std::min(pause, kMostPausePatience));
}

void FramePauses::frame_was_good(Time now) {
  const Duration pause = std::exchange(in_frame_, Duration{});
  usual_ += (pause - usual_) / kSmoothing;
  if (pause < longest_ && now - renewed_ < kForgetAfter) return;
  longest_ = std::max(pause, longest_ * 3 / 4);
  renewed_ = now;
}

Duration FramePauses::patience() const {
  return std::clamp(longest_ * 3 / 2 + kPauseMargin, kLeastPausePatience, kMostPausePatience);
}

}  // namespace serialtcp::link
