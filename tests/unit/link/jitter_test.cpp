// How much arrival times scatter for reasons other than the speed of the line.
#include "link/jitter.h"

#include <gtest/gtest.h>

#include "base/prng.h"

namespace serialtcp::link {
namespace {

using namespace std::chrono_literals;

class JitterTest : public testing::Test {
 protected:
  void add_lumps(Duration lump, int count) {
    for (; count > 0; --count)
      jitter_.add(
          Duration(static_cast<Duration::rep>(random_.below(static_cast<std::uint64_t>(lump.count())))));
  }

  base::Prng random_{1};
  Jitter jitter_;
};

TEST_F(JitterTest, OfALineInLumpsIsMostOfALump) {
  add_lumps(100ms, 32);
  EXPECT_GT(jitter_.amplitude(), 60ms);
  EXPECT_LT(jitter_.amplitude(), 100ms);
}

TEST_F(JitterTest, ShowsWithTheFirstFrameThatComesInTimeAgain) {
  jitter_.add(0ms);
  jitter_.add(80ms);
  EXPECT_EQ(jitter_.amplitude(), 0ms) << "it may be a slower line";
  jitter_.add(1ms);
  EXPECT_GT(jitter_.amplitude(), 70ms);
}

TEST_F(JitterTest, IsNoneWhereTheLineBecomesSlower) {
  for (int i = 0; i < 100; ++i) jitter_.add(i * 5ms);
  EXPECT_EQ(jitter_.amplitude(), 0ms);
}

TEST_F(JitterTest, IsNoneWhereAClockJumps) {
  for (int i = 0; i < 20; ++i) jitter_.add(i % 2 * 1ms);
  for (int i = 0; i < 20; ++i) jitter_.add(i % 2 * 1ms - 1h);
  EXPECT_LE(jitter_.amplitude(), 1ms);
}

TEST_F(JitterTest, IsNoneWhereOneFrameInAHundredIsLate) {
  for (int i = 0; i < 1000; ++i) {
    jitter_.add(i % 100 == 50 ? 60ms : 1ms);
    if (i > 200) {
      ASSERT_LT(jitter_.amplitude(), 5ms);
    }
  }
}

TEST_F(JitterTest, IsForgottenSlowly) {
  add_lumps(100ms, 32);
  for (int i = 0; i < 40; ++i) jitter_.add(1ms);
  EXPECT_GT(jitter_.amplitude(), 20ms);
  for (int i = 0; i < 600; ++i) jitter_.add(1ms);
  EXPECT_LT(jitter_.amplitude(), 1ms);
}

}  // namespace
}  // namespace serialtcp::link
