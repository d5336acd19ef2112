// A rate, kept over any time, with a burst after a pause.
#include "base/bucket.h"

#include <gtest/gtest.h>

namespace serialtcp::base {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart = Time{} + 1h;

TEST(Bucket, LetsABurstGoAndThenNothing) {
  Bucket budget(100, 1000, kStart);
  EXPECT_EQ(budget.available(kStart), 100U);
  budget.take(100);
  EXPECT_EQ(budget.available(kStart), 0U);
}

TEST(Bucket, FillsAtItsRateAndNotBeyondTheBurst) {
  Bucket budget(100, 1000, kStart);
  budget.take(100);
  EXPECT_EQ(budget.available(kStart + 50ms), 50U);
  EXPECT_EQ(budget.available(kStart + 1h), 100U);
}

TEST(Bucket, SaysWhenThereWillBeEnough) {
  Bucket budget(100, 1000, kStart);
  EXPECT_EQ(budget.due(100), kStart);
  budget.take(100);
  const Time due = budget.due(70);
  EXPECT_LE(due - (kStart + 70ms), 1us);
  EXPECT_GE(budget.available(due), 70U);
}

TEST(Bucket, KeepsTheRateExactlyOverALongTimeWhateverTheSteps) {
  for (const std::uint64_t rate : {1ULL, 999ULL, 20'000ULL, 1'000'000'000ULL}) {
    const std::size_t burst = std::max<std::size_t>(1, rate / 20);
    Bucket budget(burst, rate, kStart);
    std::uint64_t gone = 0;
    Time now = kStart;
    while (now < kStart + 100s) {
      now = std::max(now + 1us, budget.due(std::min<std::size_t>(burst, 512)));
      if (rate == 1'000'000'000ULL) now += 10ms;
      const std::size_t count = budget.available(now);
      budget.take(count);
      gone += count;
    }
    const double seconds = std::chrono::duration<double>(now - kStart).count();
    EXPECT_LE(static_cast<double>(gone), seconds * static_cast<double>(rate) + static_cast<double>(burst))
        << rate;
    EXPECT_GE(static_cast<double>(gone), seconds * static_cast<double>(rate) * 0.99 - 1) << rate;
  }
}

TEST(Bucket, HasADebtPaidFirst) {
  Bucket budget(100, 1000, kStart);
  budget.take(150);
  EXPECT_EQ(budget.available(kStart + 50ms), 0U);
  EXPECT_EQ(budget.available(kStart + 60ms), 10U);
}

int taken(Bucket& bucket, Time now, int tries) {
  int count = 0;
  for (int i = 0; i < tries; ++i) count += bucket.try_take(now) ? 1 : 0;
  return count;
}

TEST(Bucket, GivesSoManyAtOnceAndSoManyASecondAfterwards) {
  Bucket bucket(100, 10);
  const Time start = Time{} + 1h;
  EXPECT_EQ(taken(bucket, start, 1000), 100);
  EXPECT_EQ(taken(bucket, start + 99ms, 1000), 0);
  EXPECT_EQ(taken(bucket, start + 1s, 1000), 10);
  EXPECT_EQ(taken(bucket, start + 3s, 1000), 20);
}

TEST(Bucket, IsNeverMoreThanFull) {
  Bucket bucket(100, 10);
  EXPECT_EQ(taken(bucket, Time{} + 1h, 1000), 100);
  EXPECT_EQ(taken(bucket, Time{} + 9h, 1000), 100);
}

}  // namespace
}  // namespace serialtcp::base
