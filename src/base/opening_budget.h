// OpeningBudget: how many associations may be opened by now. Each costs the line an OPEN and a RESET, which
// go before all else; whoever sends from ever new ports must not fill it with them. Knows no clock.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "serialtcp/time.h"

namespace serialtcp::base {

class OpeningBudget {
 public:
  /// A program that starts asks for some names at once.
  static constexpr double kAtOnce = 32;
  /// Some 64 bytes each way, and so an eighth of the line, in the long run.
  static constexpr double kBytesOfLineEach = 512;

  /// `rate` of the line, bytes per second. Whether one more may be opened now; it counts then.
  bool take(std::uint64_t rate, Time now) {
    const double seconds = to_seconds(now - filled_);
    left_ = std::min(kAtOnce, left_ + seconds * static_cast<double>(rate) / kBytesOfLineEach);
    filled_ = now;
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }

 private:
  double left_ = kAtOnce;
  Time filled_{};
};

}  // namespace serialtcp::base
