// Which losses of a line are reported.
#include "port/loss_log.h"

#include <gtest/gtest.h>

namespace serialtcp::io {
namespace {

using namespace std::chrono_literals;

TEST(LossLog, ReportsALineThatGoesAgainAndAgainAtGrowingIntervals) {
  LossLog log;
  int told = 0;
  for (Duration at{}; at < 1h; at += 1s) told += log.lost("unplugged", Time(at)) ? 1 : 0;
  EXPECT_GE(told, 3);
  EXPECT_LE(told, 15);
}

TEST(LossLog, ReportsEachNewReasonOnceButNotAnyNumberOfThem) {
  LossLog log;
  EXPECT_TRUE(log.lost("closed", Time(0s)));
  EXPECT_TRUE(log.lost("reset", Time(1s)));
  EXPECT_FALSE(log.lost("closed", Time(2s)));
  EXPECT_FALSE(log.absence_told());
  log.tell();
  EXPECT_TRUE(log.absence_told());
  EXPECT_TRUE(log.lost("a", Time(3s)));
  EXPECT_TRUE(log.lost("b", Time(4s)));
  EXPECT_FALSE(log.lost("c", Time(5s)));
}

TEST(LossLog, BeginsAnewOnceTheLineWasOfUse) {
  LossLog log;
  EXPECT_TRUE(log.lost("closed", Time(0s)));
  EXPECT_FALSE(log.lost("closed", Time(1s)));
  log.was_of_use();
  EXPECT_TRUE(log.lost("closed", Time(2s)));
}

}  // namespace
}  // namespace serialtcp::io
