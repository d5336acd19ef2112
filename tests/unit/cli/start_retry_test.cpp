// Links that cannot start are tried again with pauses that grow, and fill no log.
#include "cli/start_retry.h"

#include <gtest/gtest.h>

#include <string>

namespace serialtcp::cli {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart = Time{} + 5h;

TEST(StartRetry, PausesDoubleUpToALimit) {
  StartRetry retry;
  EXPECT_FALSE(retry.failure());
  Time now = kStart;
  for (const auto pause : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    static_cast<void>(retry.failed("no such key", now));
    ASSERT_TRUE(retry.failure());
    EXPECT_EQ(retry.failure()->next - now, Duration(pause));
    EXPECT_EQ(retry.failure()->since, kStart);
    EXPECT_EQ(retry.failure()->latest, now);
    now = retry.failure()->next;
  }
}

TEST(StartRetry, TheFirstFailureAndOtherReasonsAreLogged) {
  StartRetry retry;
  EXPECT_EQ(retry.failed("no such key", kStart),
            "no such key; trying again in 1 s, and then at intervals of up to 60 s");
  EXPECT_EQ(retry.failed("no such key", kStart + 1s), std::nullopt);
  EXPECT_EQ(retry.failed("in use", kStart + 3s), "in use; not started for 3 s, trying again in 4 s");
  EXPECT_EQ(retry.failure()->reason, "in use");
}

TEST(StartRetry, ADayOfFailuresIsAFewLines) {
  StartRetry retry;
  int lines = 0;
  for (Time now = kStart; now < kStart + 24h; now = retry.failure()->next) {
    if (retry.failed("no such key", now)) ++lines;
  }
  EXPECT_GT(lines, 24) << "at least once an hour";
  EXPECT_LT(lines, 40);
}

TEST(StartRetry, AfterAStartAllBeginsAgain) {
  StartRetry retry;
  EXPECT_EQ(retry.started(kStart), std::nullopt) << "it had not failed";
  for (const auto at : {0s, 1s, 3s}) static_cast<void>(retry.failed("in use", kStart + at));
  EXPECT_EQ(retry.started(kStart + 7s), "started after 7 s");
  EXPECT_FALSE(retry.failure());
  EXPECT_TRUE(retry.failed("in use", kStart + 90s)->starts_with("in use; trying again in 1 s"));
  EXPECT_EQ(retry.failed("in use", kStart + 91s), std::nullopt);
}

TEST(StartRetry, AHurryMakesPausesShortAgain) {
  StartRetry retry;
  retry.hurry(kStart);
  EXPECT_FALSE(retry.failure());
  for (const auto at : {0s, 1s, 3s, 7s}) static_cast<void>(retry.failed("in use", kStart + at));
  retry.hurry(kStart + 8s);
  EXPECT_EQ(retry.failure()->next, kStart + 8s);
  EXPECT_EQ(retry.failed("in use", kStart + 8s), "in use; not started for 8 s, trying again in 1 s")
      << "who has asked for it gets an answer";
  EXPECT_EQ(retry.failure()->next, kStart + 9s);
}

}  // namespace
}  // namespace serialtcp::cli
