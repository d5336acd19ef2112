#include "link/jitter.h"

#include <algorithm>

namespace serialtcp::link {

namespace {

// Fewer samples than this can show that there is jitter, but not that there is none.
constexpr std::size_t kEnough = 16;
// A lower jitter is adopted slowly: frames may keep step with the lumps for a while.
constexpr int kForgetOver = 64;
// No line delays by this much; a clock that jumps does.
constexpr Duration kMostJitter = std::chrono::seconds(5);

}  // namespace

void Jitter::add(Duration late) {
  const Duration before = late_[(next_ + kSamples - 1) % kSamples];
  if (count_ > 0 && before - late > kMostJitter) count_ = 0;
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

/// By how much frames were later than both the earliest before them and the earliest after them. If the line
/// becomes slower, frames only become later and later; if a queue drains, earlier and earlier. Neither
/// counts.
Duration Jitter::excess_of_most() const {
  std::array<Duration, kSamples> excess{};
  const auto nth_last = [this](std::size_t n) { return late_[(next_ + kSamples - 1 - n) % kSamples]; };
  Duration earliest_behind = Duration::max();
  for (std::size_t i = 0; i < count_; ++i) {
    earliest_behind = std::min(earliest_behind, nth_last(i));
    excess[i] = nth_last(i) - earliest_behind;
  }
  Duration earliest_before = Duration::max();
  for (std::size_t i = count_; i-- > 0;) {
    earliest_before = std::min(earliest_before, nth_last(i));
    excess[i] = std::min(excess[i], nth_last(i) - earliest_before);
  }
  const auto place = excess.begin() + static_cast<std::ptrdiff_t>(count_ - 1 - count_ / 10);
  std::nth_element(excess.begin(), place, excess.begin() + static_cast<std::ptrdiff_t>(count_));
  return *place;
}

}  // namespace serialtcp::link
