// A rate, kept over any time, with a burst after a pause.
#include "base/byte_budget.h"

#include <gtest/gtest.h>

namespace serialtcp::base {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart = Time{} + 1h;

TEST(ByteBudget, LetsABurstGoAndThenNothing) {
  ByteBudget budget(1000, 100, kStart);
  EXPECT_EQ(budget.available(kStart), 100U);
  budget.take(100);
  EXPECT_EQ(budget.available(kStart), 0U);
}

TEST(ByteBudget, FillsAtItsRateAndNotBeyondTheBurst) {
  ByteBudget budget(1000, 100, kStart);
  budget.take(100);
  EXPECT_EQ(budget.available(kStart + 50ms), 50U);
  EXPECT_EQ(budget.available(kStart + 1h), 100U);
}

TEST(ByteBudget, SaysWhenThereWillBeEnough) {
  ByteBudget budget(1000, 100, kStart);
  EXPECT_EQ(budget.due(100), kStart);
  budget.take(100);
  const Time due = budget.due(70);
  EXPECT_LE(due - (kStart + 70ms), 1us);
  EXPECT_GE(budget.available(due), 70U);
}

TEST(ByteBudget, KeepsTheRateExactlyOverALongTimeWhateverTheSteps) {
  for (const std::uint64_t rate : {1ULL, 999ULL, 20'000ULL, 1'000'000'000ULL}) {
    const std::size_t burst = std::max<std::size_t>(1, rate / 20);
    ByteBudget budget(rate, burst, kStart);
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

TEST(ByteBudget, HasADebtPaidFirst) {
  ByteBudget budget(1000, 100, kStart);
  budget.take(150);
  EXPECT_EQ(budget.available(kStart + 50ms), 0U);
  EXPECT_EQ(budget.available(kStart + 60ms), 10U);
}

}  // namespace
}  // namespace serialtcp::base
