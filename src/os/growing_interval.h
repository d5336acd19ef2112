// GrowingInterval: when to repeat that something has not changed: soon at first, then less and less often, so
// that a log stays short. It reads no clock.
#pragma once

#include <algorithm>
#include <chrono>

#include "serialtcp/time.h"

namespace serialtcp::io {

class GrowingInterval {
 public:
  static constexpr Duration kLongest = std::chrono::hours(1);

  /// `first`: the first report is due after this time.
  explicit constexpr GrowingInterval(Duration first) : first_(first), next_(first) {}

  /// Whether a report is due, this long after the beginning. If so, it counts as made.
  bool due(Duration elapsed) {
    if (elapsed < next_) return false;
    next_ = elapsed + std::clamp<Duration>(elapsed, first_, kLongest);
    return true;
  }
  void restart() { next_ = first_; }

 private:
  Duration first_;
  Duration next_;
};

}  // namespace serialtcp::io
