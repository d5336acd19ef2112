#include "link/jitter.h"

#include <algorithm>

namespace serialtcp::link {

namespace {

// Fewer samples than this can show that there is jitter, but not that there is none.
constexpr std::size_t kEnough = 16;
// Less jitter than before is believed slowly: frames may keep step with the lumps for a while.
constexpr int kForgetOver = 64;

}  // namespace

void Jitter::add(Duration late) {
  late_[next_] = late;
  next_ = (next_ + 1) % kSamples;
  count_ = std::min(count_ + 1, kSamples);
  const Duration now = excess_of_most();
  if (now >= amplitude_) {
    amplitude_ = now;
  } else if (count_ >= kEnough) {
    amplitude_ -= (amplitude_ - now) / kForgetOver;
  }
}

/// By how much frames were later than the earliest of those that followed them.
Duration Jitter::excess_of_most() const {
  std::array<Duration, kSamples> excess{};
  Duration earliest = Duration::max();
  for (std::size_t i = 0; i < count_; ++i) {
    const Duration late = late_[(next_ + kSamples - 1 - i) % kSamples];
    earliest = std::min(earliest, late);
    excess[i] = late - earliest;
  }
  const auto place = excess.begin() + static_cast<std::ptrdiff_t>(count_ - 1 - count_ / 10);
  std::nth_element(excess.begin(), place, excess.begin() + static_cast<std::ptrdiff_t>(count_));
  return *place;
}

}  // namespace serialtcp::link
