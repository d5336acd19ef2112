// Pace: how many bytes may be given to a line now, so that what waits in its driver is never more than a few milliseconds. What
// is sent next is then decided late, which is what keeps an answer short beside a large transfer. Knows no clock.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "serialtcp/time.h"

namespace serialtcp::gateway {

class Pace {
 public:
  /// So much of the line's time may be given to it in advance. More than the loop may be late.
  static constexpr Duration kAhead = std::chrono::milliseconds(10);
  /// What a line without a speed gets at once: it says itself when it is full.
  static constexpr std::size_t kUnbounded = 16 * 1024;

  /// Bytes a second; 0: the line has no speed.
  void set_rate(std::uint64_t rate) { rate_ = rate; }
  std::uint64_t rate() const { return rate_; }

  /// `unsent` is what the driver still has, as far as it says.
  std::size_t room(Time now, std::size_t unsent) const {
    if (rate_ == 0) return kUnbounded;
    const auto most = bytes_in(kAhead);
    const auto waiting = std::max(bytes_in(std::max(busy_until_ - now, Duration::zero())), unsent);
    return most > waiting ? most - waiting : 0;
  }
  void wrote(std::size_t bytes, Time now) {
    if (rate_ == 0) return;
    busy_until_ = std::max(busy_until_, now) + Duration(static_cast<std::int64_t>(bytes) * 1'000'000'000 /
                                                        static_cast<std::int64_t>(rate_));
  }
  /// When it is worth asking again, after there was no room.
  Time again(Time now) const {
    return std::max(busy_until_ - kAhead / 2, now + std::chrono::milliseconds(1));
  }

 private:
  /// At least 1.
  std::size_t bytes_in(Duration time) const {
    const auto bytes = static_cast<std::uint64_t>(time.count()) * rate_ / 1'000'000'000;
    return std::max<std::size_t>(bytes, time > Duration::zero() ? 1 : 0);
  }

  std::uint64_t rate_ = 0;
  Time busy_until_ = {};
};

}  // namespace serialtcp::gateway
