// TokenBucket: so many at once, and so many a second in the long run.
#pragma once

#include <algorithm>
#include <cstdint>

#include "serialtcp/time.h"

namespace serialtcp::base {

class TokenBucket {
 public:
  TokenBucket(std::uint64_t at_once, std::uint64_t per_second)
      : interval_(std::chrono::nanoseconds(std::chrono::seconds(1)) / static_cast<std::int64_t>(per_second)),
        depth_(interval_ * static_cast<std::int64_t>(at_once)) {}

  /// Whether there was one to take.
  bool take(Time now) {
    const Time full = std::max(full_at_, now) + interval_;
    if (full - now > depth_) return false;
    full_at_ = full;
    return true;
  }

 private:
  Duration interval_;
  Duration depth_;
  Time full_at_{};  ///< when all of them are there again
};

}  // namespace serialtcp::base
