// Bucket: a limit on a rate: so many units (bytes, messages, attempts) at once, and so many a second in the long run.
// What is taken beyond that is a debt, which is paid before there is anything to take again. Exact; knows no clock.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "serialtcp/time.h"

namespace serialtcp::base {

class Bucket {
 public:
  /// Full at first. At most 2^33 at once, and 2^33 a second, not 0.
  Bucket(std::uint64_t at_once, std::uint64_t per_second, Time now = {})
      : capacity_(scaled(at_once)),
        rate_(static_cast<std::int64_t>(per_second)),
        level_(capacity_),
        filled_(now) {}

  /// How many can be taken without a debt.
  std::size_t available(Time now) {
    fill(now);
    return level_ < 0 ? 0 : static_cast<std::size_t>(level_ / kScale);
  }
  /// Takes them, even if that makes a debt.
  void take(std::size_t count) { level_ -= scaled(count); }
  /// Takes them if there are so many, and returns whether there were.
  bool try_take(Time now, std::size_t count = 1) {
    if (available(now) < count) return false;
    take(count);
    return true;
  }
  /// When `count` can be taken, if none are taken until then and they are not more than there can be at once.
  Time due(std::size_t count) const {
    const std::int64_t missing = scaled(count) - level_;
    return missing <= 0 ? filled_ : filled_ + Duration((missing + rate_ - 1) / rate_);
  }
  /// Also since the last call.
  void set_rate(std::uint64_t per_second, Time now) {
    rate_ = static_cast<std::int64_t>(per_second);
    fill(now);
  }

 private:
  // The level is counted in billionths, so that each nanosecond adds a whole number.
  static constexpr std::int64_t kScale = 1'000'000'000;
  static std::int64_t scaled(std::uint64_t count) { return static_cast<std::int64_t>(count) * kScale; }

  void fill(Time now) {
    const std::int64_t elapsed = (now - filled_).count();
    filled_ = now;
    const std::int64_t missing = capacity_ - level_;
    level_ = elapsed > missing / rate_ ? capacity_ : level_ + elapsed * rate_;
  }

  std::int64_t capacity_;
  std::int64_t rate_;
  std::int64_t level_;
  Time filled_;
};

}  // namespace serialtcp::base
