// The round trip: RFC 6298's arithmetic.
#include "link/rtt.h"

#include <gtest/gtest.h>

namespace serialtcp::link {
namespace {

using namespace std::chrono_literals;

TEST(Rtt, StartsFromWhatItIsTold) {
  const Rtt rtt(100ms);
  EXPECT_FALSE(rtt.measured());
  EXPECT_EQ(rtt.smoothed(), 100ms);
  EXPECT_EQ(rtt.patience(), 300ms);
}

TEST(Rtt, ForgetsThatWithTheFirstSample) {
  Rtt rtt(100ms);
  rtt.sample(8ms);
  EXPECT_TRUE(rtt.measured());
  EXPECT_EQ(rtt.smoothed(), 8ms);
  EXPECT_EQ(rtt.patience(), 8ms + 4 * 4ms);
}

TEST(Rtt, MovesAnEighthOfTheWayAndItsVariationAQuarter) {
  Rtt rtt(100ms);
  rtt.sample(80ms);
  rtt.sample(160ms);
  EXPECT_EQ(rtt.smoothed(), 90ms);
  // 3/4 of 40 ms and 1/4 of 80 ms.
  EXPECT_EQ(rtt.patience(), 90ms + 4 * 50ms);
}

TEST(Rtt, StaysPatientOnAPerfectlySteadyLine) {
  Rtt rtt(100ms);
  for (int i = 0; i < 200; ++i) rtt.sample(20ms);
  EXPECT_EQ(rtt.smoothed(), 20ms);
  EXPECT_EQ(rtt.patience(), 30ms);
}

TEST(Rtt, TakesAFrameAcknowledgedBeforeItShouldHaveLeftForNoTime) {
  Rtt rtt(100ms);
  rtt.sample(-5ms);
  EXPECT_EQ(rtt.smoothed(), 0ms);
}

}  // namespace
}  // namespace serialtcp::link
