// ByteBudget: how many bytes may go by now, at a given rate. Knows no clock, nor what the bytes are.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "serialtcp/time.h"

namespace serialtcp::base {

class ByteBudget {
 public:
  /// `rate` in bytes per second, not 0. After a pause, and at first, `burst` bytes may go at once.
  ByteBudget(std::uint64_t rate, std::size_t burst, Time now)
      : rate_(static_cast<double>(rate)), burst_(static_cast<double>(burst)), bytes_(burst_), filled_(now) {}

  std::size_t available(Time now) {
    const double seconds = to_seconds(now - filled_);
    bytes_ = std::min(burst_, bytes_ + seconds * rate_);
    filled_ = now;
    return bytes_ < 0 ? 0 : static_cast<std::size_t>(bytes_);
  }

  /// More than are available are a debt that is paid before any more go.
  void take(std::size_t bytes) { bytes_ -= static_cast<double>(bytes); }

  /// When `bytes` (at most the burst) will be available, if none are taken until then.
  Time due(std::size_t bytes) const {
    const double missing = static_cast<double>(bytes) - bytes_;
    if (missing <= 0) return filled_;
    // Rounded up, or one would look a moment too early, and again.
    return filled_ + Duration(static_cast<Duration::rep>(missing / rate_ * 1e9) + 1);
  }

 private:
  double rate_;
  double burst_;
  double bytes_;
  Time filled_;
};

}  // namespace serialtcp::base
