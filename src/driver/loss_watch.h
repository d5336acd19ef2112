// LossWatch: whether lost and damaged frames cost so much of the line that the user should know, by the counters of the
// endpoint. Hysteresis: it takes more to begin than to go on. Knows no clock.
#pragma once

#include <cstdint>

#include "os/growing_interval.h"
#include "serialtcp/stats.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

/// What lost and damaged frames have cost, from 0 to 1; 0 of nothing is 0.
struct Losses {
  double lost = 0;     ///< the part of the bytes sent that were retransmissions
  double damaged = 0;  ///< the part of the frames received that were damaged and could not be repaired
};

/// Between two readings of the counters of an endpoint.
Losses losses_between(const Stats& before, const Stats& after);

class LossWatch {
 public:
  /// How often look() is to be called.
  static constexpr Duration kWindow = std::chrono::seconds(10);
  /// A window with fewer frames goes on, since a few lost ones of them mean nothing.
  static constexpr std::uint64_t kLeastFrames = 100;
  /// One lost frame may be chance, whatever it costs.
  static constexpr std::uint64_t kLeastBad = 3;
  /// The part of the line that is lost: from above this ...
  static constexpr double kBad = 0.01;
  /// ... until so many windows in a row are below this.
  static constexpr double kGood = 0.005;
  static constexpr int kGoodWindows = 3;
  /// While it lasts, it is reported again after this time, and then less and less often.
  static constexpr Duration kAgain = std::chrono::minutes(10);

  enum class Change : std::uint8_t { none, begins, lasts, ends };
  struct Verdict {
    Change change = Change::none;
    Losses losses = {};
    Duration lasted{};
  };

  /// Counts from here: what was before, with another link say, does not matter.
  void restart(const Stats& stats);
  Verdict look(const Stats& stats, Time now);

 private:
  Stats before_;
  bool bad_ = false;
  Time bad_since_{};
  int good_windows_ = 0;
  GrowingInterval again_{kAgain};
};

}  // namespace serialtcp::io
