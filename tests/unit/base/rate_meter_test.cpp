// Bytes per second, steady, beginning, interrupted and over.
#include "base/rate_meter.h"

#include <gtest/gtest.h>

namespace serialtcp::base {
namespace {

using namespace std::chrono_literals;

constexpr Time kBegin = Time(1000s);

TEST(RateMeter, NothingIsNothing) {
  RateMeter meter;
  EXPECT_EQ(meter.per_second(kBegin), 0U);
}

TEST(RateMeter, ASteadyRateIsMeasuredAtAnyMoment) {
  for (const Duration offset : {0ms, 1ms, 500ms, 999ms}) {
    RateMeter meter;
    for (int i = 0; i < 1000; ++i) {
      const Time now = kBegin + offset + i * 10ms;
      meter.add(100, now);
      if (i >= 200) {
        EXPECT_NEAR(static_cast<double>(meter.per_second(now)), 10'000, 300) << i;
      }
    }
  }
}

TEST(RateMeter, WhatHasJustBegunIsMeasuredOverItsOwnTime) {
  RateMeter meter;
  meter.add(1000, kBegin + 900ms);
  EXPECT_EQ(meter.per_second(kBegin + 900ms), 1000U);  // at least a second
  EXPECT_EQ(meter.per_second(kBegin + 2900ms), 500U);
}

TEST(RateMeter, WhatIsOverIsForgotten) {
  RateMeter meter;
  meter.add(1'000'000, kBegin);
  EXPECT_GT(meter.per_second(kBegin + 4s), 0U);
  EXPECT_EQ(meter.per_second(kBegin + 5s), 0U);
  meter.add(500, kBegin + 100s);
  EXPECT_LE(meter.per_second(kBegin + 100s), 500U);
  EXPECT_GT(meter.per_second(kBegin + 100s), 0U);
}

TEST(RateMeter, PausesLeaveTheirSecondsEmpty) {
  RateMeter meter;
  meter.add(1000, kBegin);
  meter.add(1000, kBegin + 3s);
  EXPECT_EQ(meter.per_second(kBegin + 4s), 500U);
  EXPECT_EQ(meter.per_second(kBegin + 5s), 250U);  // the first one is too old now
}

}  // namespace
}  // namespace serialtcp::base
