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
    budget.spend(now, now + milliseconds(2));
    now += milliseconds(2);
  }
  EXPECT_LE(budget.due(), now);
}

TEST(HttpTimeBudget, InTheLongRunItIsATwentieth) {
  TimeBudget budget;
  Time now = kBegin;
  Duration worked{};
  while (now < kBegin + seconds(100)) {  // a client that always asks
    now = std::max(now, budget.due());
    budget.spend(now, now + milliseconds(3));
    now += milliseconds(3);
    worked += milliseconds(3);
  }
  EXPECT_LE(worked, seconds(5) + TimeBudget::kAtOnce + milliseconds(3));
  EXPECT_GE(worked, milliseconds(4900));
}

TEST(HttpTimeBudget, WhatWasTooMuchIsWaitedFor) {
  TimeBudget budget;
  budget.spend(kBegin, kBegin + seconds(1));
  EXPECT_GE(budget.due(), kBegin + seconds(18));
  EXPECT_LE(budget.due(), kBegin + seconds(20));
}

TEST(HttpTimeBudget, ALongRestSavesNoMoreThanABurst) {
  TimeBudget budget;
  budget.spend(kBegin, kBegin + milliseconds(1));
  const Time later = kBegin + seconds(100'000);
  budget.spend(later, later + TimeBudget::kAtOnce);
  EXPECT_GT(budget.due(), later);
}

}  // namespace
}  // namespace serialtcp::http
