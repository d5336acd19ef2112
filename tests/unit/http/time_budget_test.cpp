// How much of the loop's time clients can have: a burst without waiting, a twentieth in the long run.
#include "http/time_budget.h"

#include <gtest/gtest.h>

namespace serialtcp::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Time kBegin{seconds(1000)};

TEST(HttpTimeBudget, AShortAnswerDelaysNobody) {
  TimeBudget budget;
  Time now = kBegin;
  for (int i = 0; i < 20; ++i) {
    EXPECT_LE(budget.due(), now);
    now += milliseconds(2);
    budget.spend(milliseconds(2), now);
  }
  EXPECT_LE(budget.due(), now);
}

TEST(HttpTimeBudget, InTheLongRunItIsATwentieth) {
  TimeBudget budget;
  Time now = kBegin;
  Duration worked{};
  while (now < kBegin + seconds(100)) {  // a client that always asks
    now = std::max(now, budget.due());
    now += milliseconds(3);
    budget.spend(milliseconds(3), now);
    worked += milliseconds(3);
  }
  EXPECT_LE(worked, seconds(5) + TimeBudget::kAtOnce + milliseconds(3));
  EXPECT_GE(worked, milliseconds(4900));
}

TEST(HttpTimeBudget, WhatWasTooMuchIsWaitedFor) {
  TimeBudget budget;
  budget.spend(seconds(1), kBegin);
  EXPECT_GE(budget.due(), kBegin + seconds(18));
  EXPECT_LE(budget.due(), kBegin + seconds(20));
}

TEST(HttpTimeBudget, ALongRestSavesNoMoreThanABurst) {
  TimeBudget budget;
  budget.spend(milliseconds(1), kBegin);
  const Time later = kBegin + seconds(100'000);
  budget.spend(TimeBudget::kAtOnce, later);
  EXPECT_GT(budget.due(), later);
}

}  // namespace
}  // namespace serialtcp::http
