// How long parts are: short where both directions are full or may be soon, longer where one is, none where they do not pay.
#include "link/part_length.h"

#include <gtest/gtest.h>

namespace serialtcp::link {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kRate = 11520;
constexpr std::size_t kLongest = 4000;

class PartLengthTest : public testing::Test {
 protected:
  /// The next frame, which begins when the one before has left.
  PartLength::Plan next() {
    const PartLength::Plan plan = length_.plan(whole_, divided_, {rate_, parts_, received_, shared_}, now_);
    const double seconds = static_cast<double>(plan.payload) / static_cast<double>(rate_);
    now_ += Duration(static_cast<Duration::rep>(seconds * 1e9));
    received_ += static_cast<std::uint64_t>(seconds * receives_ * static_cast<double>(rate_));
    return plan;
  }
  PartLength::Plan after(Duration time) {
    PartLength::Plan plan;
    for (const Time end = now_ + time; now_ < end;) plan = next();
    return plan;
  }

  PartLength length_;
  Time now_ = Time{} + 1h;
  std::uint64_t rate_ = kRate;
  std::size_t whole_ = 2880;
  std::size_t divided_ = kLongest;
  bool parts_ = true;
  std::uint64_t received_ = 0;
  double receives_ = 0;  ///< part of the line
  bool shared_ = false;
};

TEST_F(PartLengthTest, TheFirstFrameOfABurstIsShortAndTheNextOnesHaveShortParts) {
  const PartLength::Plan first = next();
  EXPECT_EQ(first.payload, 230U);
  EXPECT_EQ(first.part, 0U);
  for (int i = 0; i < 3; ++i) {
    const PartLength::Plan plan = next();
    EXPECT_EQ(plan.payload, kLongest);
    EXPECT_EQ(plan.part, 672U) << "near sqrt(4 * 11520 * 10), and the last is as long as the others";
  }
  now_ += 300ms;
  EXPECT_EQ(next().payload, 230U) << "another burst";
}

TEST_F(PartLengthTest, PartsAreLongerWhereOnlyOneDirectionIsFull) {
  EXPECT_EQ(after(2s).part, 1344U);
  receives_ = 0.2;  // acks, and something else
  EXPECT_EQ(after(2s).part, 1344U);
}

TEST_F(PartLengthTest, NoneWhereOnlyOneDirectionIsFullAndShortDataIsSentBeside) {
  shared_ = true;
  EXPECT_EQ(after(2s).part, 0U);
  receives_ = 1;
  EXPECT_EQ(after(2s).part, 672U);
}

TEST_F(PartLengthTest, NoneWhereOnlyOneDirectionIsFullAndTheyWouldCostTooMuch) {
  divided_ = 1344;
  const PartLength::Plan plan = after(2s);
  EXPECT_EQ(plan.part, 0U);
  EXPECT_EQ(plan.payload, 2880U);
}

TEST_F(PartLengthTest, NoneWhereOnlyOneDirectionIsFullAndFramesAreSoonOver) {
  rate_ = 92160;
  EXPECT_EQ(after(3s).part, 0U);
}

TEST_F(PartLengthTest, PartsStayShortWhereBothAreFull) {
  receives_ = 0.98;
  EXPECT_EQ(after(5s).part, 672U);
  receives_ = 0;
  EXPECT_EQ(after(1s).part, 1344U);
}

TEST_F(PartLengthTest, PartsAreAsLongAsTheRateMakesThem) {
  receives_ = 1;
  rate_ = 92160;
  EXPECT_EQ(after(2s).part, 2000U);
  rate_ = 960;
  divided_ = 672;
  EXPECT_EQ(after(3s).part, 224U);
}

TEST_F(PartLengthTest, ThereAreNoneInFramesThatAreSoonOver) {
  rate_ = 300'000;
  whole_ = kLongest;
  EXPECT_EQ(after(2s).part, 0U);
  EXPECT_EQ(next().payload, kLongest);
  rate_ = kRate;
  whole_ = divided_ = 200;
  EXPECT_EQ(after(2s).part, 0U);
}

TEST_F(PartLengthTest, WithoutPartsTheFramesOfABurstGrow) {
  parts_ = false;
  for (const std::size_t payload : {230U, 460U, 920U, 1840U, 2880U, 2880U}) {
    const PartLength::Plan plan = next();
    EXPECT_EQ(plan.payload, payload);
    EXPECT_EQ(plan.part, 0U);
  }
  EXPECT_EQ(after(60s).payload, 2880U);
}

TEST_F(PartLengthTest, AVeryShortFrameIsNoneOfABurst) {
  whole_ = 16;
  EXPECT_EQ(next().payload, 16U);
  whole_ = 2880;
  EXPECT_EQ(next().payload, 230U);
}

}  // namespace
}  // namespace serialtcp::link
