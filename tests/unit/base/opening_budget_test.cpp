// How fast associations may be opened: a burst, then a part of the line.
#include "base/opening_budget.h"

#include <gtest/gtest.h>

namespace serialtcp::base {
namespace {

using namespace std::chrono_literals;

TEST(OpeningBudget, AllowsABurstAndThenAPartOfTheLine) {
  OpeningBudget budget;
  Time now = Time{} + 1h;
  int at_once = 0;
  while (budget.take(11520, now)) ++at_once;
  EXPECT_EQ(at_once, 32);
  int later = 0;
  for (int i = 0; i < 10'000; ++i) {
    now += 1ms;
    if (budget.take(11520, now)) ++later;
  }
  EXPECT_NEAR(later, 10 * 11520 / 512, 2);
  now += 1h;
  at_once = 0;
  while (budget.take(11520, now)) ++at_once;
  EXPECT_EQ(at_once, 32) << "a pause earns no more than a burst";
}

}  // namespace
}  // namespace serialtcp::base
