// OpeningBudget: how many associations may be opened by now. Each costs the line an OPEN and a RESET, which
// go before all else; whoever sends from ever new ports must not fill it with them. Knows no clock.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bucket.h"

namespace serialtcp::base {

class OpeningBudget {
 public:
  /// `rate` of the line, bytes per second. Whether one more may be opened now; it counts then.
  bool take(std::uint64_t rate, Time now) {
    line_bytes_.set_rate(rate, now);
    return line_bytes_.try_take(now, kBytesOfLineEach);
  }

 private:
  /// A program that starts sends some look-ups at once.
  static constexpr std::size_t kAtOnce = 32;
  /// Some 64 bytes in each direction: an eighth of the line, in the long run.
  static constexpr std::size_t kBytesOfLineEach = 512;

  Bucket line_bytes_{kAtOnce * kBytesOfLineEach, 1};
};

}  // namespace serialtcp::base
