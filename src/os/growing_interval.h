// GrowingInterval: when to say again that something has not changed: at first soon, then ever less often, so that
// a log stays short. Pure.
#pragma once

#include <algorithm>
#include <chrono>

#include "serialtcp/time.h"

namespace serialtcp::io {

class GrowingInterval {
 public:
  static constexpr Duration kLongest = std::chrono::hours(1);

  /// `first`: after so long it is said for the first time.
  explicit constexpr GrowingInterval(Duration first) : first_(first), next_(first) {}

  /// Whether to say it, so long after it began. Counts as said then.
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
