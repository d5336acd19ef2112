// TimeBudget: how much processor time work for HTTP clients may take. What has not been used for a while is there at once,
// so that a scrape or a page does not wait; in the long run it is a small part of the time, whatever clients do.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/bucket.h"
#include "serialtcp/time.h"

namespace serialtcp::http {

class TimeBudget {
 public:
  /// At once; work is done in pieces, and the loop is free between two.
  static constexpr std::chrono::microseconds kAtOnce{50'000};
  /// In each second: a twentieth.
  static constexpr std::chrono::microseconds kPerSecond{50'000};

  /// From when on work may be done.
  Time due() const { return bucket_.due(1); }
  /// Work has been done. It counts also if it was more than there was.
  void spend(Duration cost, Time now) {
    bucket_.set_rate(units(kPerSecond), now);
    bucket_.take(units(std::chrono::duration_cast<std::chrono::microseconds>(cost)) + 1);
  }

 private:
  static constexpr std::uint64_t units(std::chrono::microseconds time) {
    return static_cast<std::uint64_t>(time.count());
  }

  base::Bucket bucket_{units(kAtOnce), units(kPerSecond)};
};

}  // namespace serialtcp::http
