// The length of frames: long on a clean line, sqrt(h / p) on a noisy one, always within the limits.
#include "link/frame_length.h"

#include <gtest/gtest.h>

#include "serialtcp/config.h"

namespace serialtcp::link {
namespace {

constexpr std::uint64_t kFast = 1'000'000;

TEST(FrameLength, IsTwoKilobytesUntilTheLineHasShownItself) {
  FrameLength length;
  EXPECT_NEAR(static_cast<double>(length.payload(kFast, false)), 2087, 10);
  length.delivered(100'000);
  EXPECT_NEAR(static_cast<double>(length.payload(kFast, false)), 2955, 10);
}

TEST(FrameLength, IsGreatestOnAFastCleanLine) {
  FrameLength length;
  length.delivered(400'000);
  EXPECT_GT(length.payload(kFast, false), limits::kMaxFrame - 128);
  EXPECT_LT(length.payload(kFast, false), limits::kMaxFrame);
  EXPECT_FALSE(length.line_is_noisy());
}

TEST(FrameLength, IsAQuarterOfASecondOnASlowLine) {
  const FrameLength length;
  EXPECT_EQ(length.payload(960 * 4, false), 960U);
  EXPECT_EQ(length.payload(10, false), 128U);
}

TEST(FrameLength, IsShorterWhileTheRateIsBeingSearchedFor) {
  FrameLength length;
  length.delivered(400'000);
  EXPECT_EQ(length.payload(11520, false), 2880U);
  EXPECT_EQ(length.payload(11520, true), 576U);
}

TEST(FrameLength, FollowsTheRateOfErrors) {
  FrameLength length;
  // One frame in a hundred of 1000 bytes: p = 1e-5 a byte, sqrt(11 / 1e-5) is about 1050.
  for (std::uint64_t i = 0; i < 2000; ++i) {
    if (i % 100 == 7) {
      length.lost(1000, i);
    } else {
      length.delivered(1000);
    }
  }
  EXPECT_NEAR(static_cast<double>(length.payload(kFast, false)), 1050, 100);
  EXPECT_TRUE(length.line_is_noisy());
}

TEST(FrameLength, TakesTheFirstLossForWhatItIs) {
  FrameLength length;
  length.delivered(40'000);
  length.lost(2000, 20);
  // One in 42 kB: sqrt(11 * 42000) is 680.
  EXPECT_NEAR(static_cast<double>(length.payload(kFast, false)), 790, 120);
}

TEST(FrameLength, IsNeverBelowTheLeast) {
  FrameLength length;
  for (std::uint64_t i = 1; i < 1000; ++i) length.lost(20, 2 * i);
  EXPECT_EQ(length.payload(kFast, false), limits::kMinFramePayload);
}

TEST(FrameLength, CountsARunOfLostFramesOnce) {
  FrameLength burst;
  FrameLength single;
  for (std::uint64_t i = 0; i < 50; ++i) burst.lost(1000, 100 + i);
  single.lost(50'000, 100);
  EXPECT_EQ(burst.payload(kFast, false), single.payload(kFast, false));
}

TEST(FrameLength, RecoversAfterTheLineHasBecomeClean) {
  FrameLength length;
  for (std::uint64_t i = 1; i <= 40; ++i) length.lost(200, 2 * i);
  ASSERT_LT(length.payload(kFast, false), 200U);
  std::size_t delivered = 0;
  while (length.line_is_noisy() && delivered < 200U << 20) {
    length.delivered(2000);
    delivered += 2000;
  }
  EXPECT_LT(delivered, 100U << 20);
  EXPECT_GT(length.payload(kFast, false), limits::kMaxFrame - 128);
}

TEST(FrameLength, IsLongerWhereAFrameCostsMore) {
  const FrameLength clear;
  const FrameLength sealed(23);
  constexpr std::uint64_t kRate = 92160;
  EXPECT_GT(sealed.payload(kRate, false), clear.payload(kRate, false) * 4 / 3);
}

}  // namespace
}  // namespace serialtcp::link
