// Which speed is tried next, and which is kept.
#include "link/ladder.h"

#include <gtest/gtest.h>

#include <array>

namespace serialtcp::link {
namespace {

using namespace std::chrono_literals;
using Arrived = Ladder::Arrived;

constexpr Time kNow = Time{} + 1h;
constexpr std::array<std::uint32_t, 8> kSpeeds = {115200, 230400,  460800,  576000,
                                                  921600, 1000000, 1500000, 3000000};

struct LadderTest : testing::Test {
  LadderTest() { ladder.set_rungs(kSpeeds, 115200); }
  Ladder ladder;
};

TEST_F(LadderTest, TheFirstStepIsSmallAndTheNextOnesAreLong) {
  EXPECT_EQ(ladder.next(115200, kNow), 230400U);
  EXPECT_EQ(ladder.next(230400, kNow), 921600U);
  EXPECT_EQ(ladder.next(921600, kNow), 3000000U);
  EXPECT_EQ(ladder.next(3000000, kNow), std::nullopt);
}

TEST_F(LadderTest, BelowASpeedThatFailsTheMiddleIsTried) {
  ladder.failed(3000000, Arrived::nothing, kNow);
  EXPECT_EQ(ladder.next(921600, kNow), 1500000U);
  ladder.failed(1500000, Arrived::nothing, kNow);
  EXPECT_EQ(ladder.next(921600, kNow), 1000000U);
  ladder.failed(1000000, Arrived::nothing, kNow);
  EXPECT_EQ(ladder.next(921600, kNow), std::nullopt);
}

TEST_F(LadderTest, AFailureIsRepeatedEverLessOften) {
  Time now = kNow;
  ladder.failed(230400, Arrived::something, now);
  EXPECT_EQ(ladder.next(115200, now + 4s), std::nullopt);
  EXPECT_EQ(ladder.next(115200, now + 5s), 230400U) << "it may have been noise";
  for (Duration pause = 60s; pause < 2h; pause *= 2) {
    ladder.failed(230400, Arrived::something, now);
    EXPECT_EQ(ladder.next(115200, now + std::min<Duration>(pause, 1h) - 1s), std::nullopt);
    now += std::min<Duration>(pause, 1h);
    EXPECT_EQ(ladder.next(115200, now), 230400U);
  }
}

TEST_F(LadderTest, WhatHasWorkedIsTriedFirstAndAnotherPeerGetsAnotherChance) {
  ladder.broke(1500000, kNow);
  EXPECT_EQ(ladder.next(115200, kNow), 1500000U);
  ladder.failed(1500000, Arrived::nothing, kNow);
  EXPECT_EQ(ladder.next(115200, kNow), 230400U);
  ladder.failed(230400, Arrived::nothing, kNow);
  EXPECT_EQ(ladder.next(115200, kNow), std::nullopt);
  ladder.next_peer();
  EXPECT_EQ(ladder.next(115200, kNow), 230400U);
}

TEST_F(LadderTest, WhatBreaksAgainAndAgainIsLeftForTheOneBelow) {
  ladder.broke(921600, kNow);
  EXPECT_EQ(ladder.judge(921600, {.lost = 0.001}, kNow), std::nullopt);
  ladder.broke(921600, kNow);
  EXPECT_EQ(ladder.next(115200, kNow), 921600U) << "a stay without losses was between";
  EXPECT_EQ(ladder.judge(921600, {.lost = 0.02}, kNow), std::nullopt);
  ladder.broke(921600, kNow);
  EXPECT_EQ(ladder.next(115200, kNow), 576000U);
  EXPECT_EQ(ladder.next(576000, kNow + 59s), std::nullopt);
  EXPECT_NE(ladder.next(576000, kNow + 61s), std::nullopt);
}

TEST_F(LadderTest, TheSpeedWithTheMostGoodputIsKept) {
  EXPECT_EQ(ladder.judge(460800, {.lost = 0.001}, kNow), std::nullopt);
  EXPECT_EQ(ladder.judge(921600, {.lost = 0.03}, kNow), std::nullopt) << "faster all the same";
  EXPECT_EQ(ladder.judge(921600, {.lost = 0.15}, kNow), 576000U);
  EXPECT_EQ(ladder.next(576000, kNow), std::nullopt) << "for a minute";
  EXPECT_NE(ladder.next(576000, kNow + 60s), std::nullopt);
  EXPECT_EQ(ladder.judge(3000000, {.carried = 0.2}, kNow), 1500000U) << "an adapter that cannot keep up";
}

}  // namespace
}  // namespace serialtcp::link
