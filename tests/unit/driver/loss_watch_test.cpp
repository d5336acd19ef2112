// When lost and damaged frames are reported, and when that ends.
#include "driver/loss_watch.h"

#include <gtest/gtest.h>

#include <vector>

namespace serialtcp::io {
namespace {

using namespace std::chrono_literals;
using Change = LossWatch::Change;

struct Window {
  std::uint64_t frames = 1000;
  std::uint64_t lost = 0;
  std::uint64_t resent = 0;
  std::uint64_t damaged = 0;
  std::uint64_t mended = 0;
};

class LossWatchTest : public testing::Test {
 protected:
  LossWatch::Verdict after(const Window& window) {
    now_ += LossWatch::kWindow;
    stats_.frames_sent += window.frames;
    stats_.wire_bytes_sent += window.frames * 100;
    stats_.frames_received += window.frames;
    stats_.frames_lost += window.lost;
    stats_.payload_bytes_resent += window.resent;
    stats_.frames_damaged += window.damaged;
    stats_.frames_mended += window.mended;
    return watch_.look(stats_, now_);
  }

  static constexpr Window kGood = {};
  static constexpr Window kBad = {.lost = 20, .resent = 2'000};

  Time now_ = Time(1000s);
  Stats stats_;
  LossWatch watch_;
};

TEST_F(LossWatchTest, SaysNothingOfALineThatIsWell) {
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(after(kGood).change, Change::none);
}

TEST_F(LossWatchTest, SaysThatMoreThanAHundredthIsLostAndHowMuch) {
  EXPECT_EQ(after({.lost = 10, .resent = 1'000}).change, Change::none) << "exactly a hundredth";
  const auto verdict = after(kBad);
  EXPECT_EQ(verdict.change, Change::begins);
  EXPECT_DOUBLE_EQ(verdict.losses.lost, 0.02);
  EXPECT_DOUBLE_EQ(verdict.losses.damaged, 0);
  EXPECT_EQ(after(kBad).change, Change::none) << "it has been said";
}

TEST_F(LossWatchTest, CountsDamageThatWasNotRepaired) {
  EXPECT_EQ(after({.damaged = 50, .mended = 45}).change, Change::none);
  const auto verdict = after({.damaged = 50, .mended = 30});
  EXPECT_EQ(verdict.change, Change::begins);
  EXPECT_NEAR(verdict.losses.damaged, 20.0 / 1050, 1e-9);
}

TEST_F(LossWatchTest, EndsOnlyAfterSomeGoodWindowsInARow) {
  EXPECT_EQ(after(kBad).change, Change::begins);
  EXPECT_EQ(after(kGood).change, Change::none);
  EXPECT_EQ(after(kGood).change, Change::none);
  EXPECT_EQ(after({.lost = 7, .resent = 700}).change, Change::none) << "below 1 %, but not below 0.5 %";
  EXPECT_EQ(after(kGood).change, Change::none);
  EXPECT_EQ(after(kGood).change, Change::none);
  const auto verdict = after(kGood);
  EXPECT_EQ(verdict.change, Change::ends);
  EXPECT_EQ(verdict.lasted, 60s);
  EXPECT_EQ(after(kGood).change, Change::none);
  EXPECT_EQ(after(kBad).change, Change::begins) << "and it can begin again";
}

TEST_F(LossWatchTest, ALineThatGoesUpAndDownAroundTheLimitDoesNotFillTheLog) {
  int said = 0;
  for (int i = 0; i < 360; ++i) {
    const Window window = i % 2 == 0 ? Window{.lost = 11, .resent = 1'100} : Window{.lost = 9, .resent = 900};
    if (after(window).change != Change::none) ++said;
  }
  EXPECT_GE(said, 1);
  EXPECT_LE(said, 4) << "in an hour";
}

TEST_F(LossWatchTest, FewFramesProveNothing) {
  EXPECT_EQ(after({.frames = 20, .lost = 2, .resent = 500}).change, Change::none) << "too few frames";
  EXPECT_EQ(after({.frames = 100}).change, Change::none) << "the window goes on, and has 2 lost";
  EXPECT_EQ(after({.frames = 100, .lost = 2, .resent = 5'000}).change, Change::none) << "two lost frames";
  EXPECT_EQ(after({.frames = 100, .lost = 3, .resent = 5'000}).change, Change::begins);
}

TEST_F(LossWatchTest, WhatWasBeforeTheLinkDoesNotCount) {
  stats_.frames_damaged = 100'000;
  watch_.restart(stats_);
  EXPECT_EQ(after(kGood).change, Change::none);
}

}  // namespace
}  // namespace serialtcp::io
