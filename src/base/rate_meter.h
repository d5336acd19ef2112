// RateMeter: bytes per second over the last seconds, from what is counted as it passes. Costs no timer; knows no clock.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "serialtcp/time.h"

namespace serialtcp::base {

class RateMeter {
 public:
  /// The rate is that of the current second and the complete ones before it.
  static constexpr std::int64_t kSeconds = 5;

  void add(std::uint64_t count, Time now) {
    if (first_ == Time::min()) first_ = now;
    advance(now);
    slot(newest_) += count;
  }

  std::uint64_t per_second(Time now) const {
    if (first_ == Time::min()) return 0;
    const std::int64_t current = second(now);
    std::uint64_t sum = 0;
    for (std::int64_t at = std::max(current - kSeconds + 1, newest_ - kSeconds + 1); at <= newest_; ++at)
      sum += counts_[index(at)];
    // What has just begun has not had all of these seconds.
    const Time begin = std::max(first_, Time(std::chrono::seconds(current - kSeconds + 1)));
    const double seconds = std::max(to_seconds(now - begin), 1.0);
    return static_cast<std::uint64_t>(static_cast<double>(sum) / seconds);
  }

 private:
  static std::int64_t second(Time time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  }
  static std::size_t index(std::int64_t second) {
    return static_cast<std::size_t>(((second % kSeconds) + kSeconds) % kSeconds);
  }
  std::uint64_t& slot(std::int64_t second) { return counts_[index(second)]; }

  /// The seconds since the last call had nothing.
  void advance(Time now) {
    const std::int64_t current = second(now);
    if (current <= newest_) return;
    for (std::int64_t at = std::max(newest_ + 1, current - kSeconds + 1); at <= current; ++at) slot(at) = 0;
    newest_ = current;
  }

  std::array<std::uint64_t, static_cast<std::size_t>(kSeconds)> counts_{};
  std::int64_t newest_ = 0;  ///< the second that slot() counts
  Time first_ = Time::min();
};

}  // namespace serialtcp::base
