// How often the log repeats itself.
#include "os/growing_interval.h"

#include <gtest/gtest.h>

namespace serialtcp::io {
namespace {

using namespace std::chrono_literals;

int times_due(GrowingInterval& interval, Duration from, Duration until) {
  int times = 0;
  for (Duration elapsed = from; elapsed <= until; elapsed += 1s) times += interval.due(elapsed) ? 1 : 0;
  return times;
}

TEST(GrowingInterval, DoublesUpToAnHour) {
  GrowingInterval interval(10s);
  EXPECT_EQ(times_due(interval, 0s, 9s), 0);
  EXPECT_EQ(times_due(interval, 10s, 10s), 1);
  EXPECT_EQ(times_due(interval, 11s, 79s), 2) << "20 s, 40 s";
  EXPECT_LE(times_due(interval, 80s, 24h), 32) << "a day";
  EXPECT_GE(times_due(interval, 24h, 48h), 23) << "but never silent for more than an hour";
}

TEST(GrowingInterval, BeginsAnew) {
  GrowingInterval interval(10s);
  EXPECT_TRUE(interval.due(500s));
  EXPECT_FALSE(interval.due(510s));
  interval.restart();
  EXPECT_TRUE(interval.due(10s));
}

}  // namespace
}  // namespace serialtcp::io
