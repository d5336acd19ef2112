// How long the rest of a frame is awaited: learned from frames that paused and arrived correct.
#include "link/frame_pauses.h"

#include <gtest/gtest.h>

namespace serialtcp::link {
namespace {

using namespace std::chrono_literals;

class Pauses : public testing::Test {
 protected:
  void good_frame(Duration pause) {
    pauses_.paused(pause);
    now_ += 1s;
    pauses_.frame_was_good(now_);
  }

  Time now_ = Time{} + 1h;
  FramePauses pauses_;
};

TEST_F(Pauses, AreAwaitedForFortyMillisecondsAtFirst) {
  EXPECT_EQ(pauses_.patience(), 40ms);
}

TEST_F(Pauses, OfCorrectFramesAreLonger) {
  good_frame(80ms);
  EXPECT_GE(pauses_.patience(), 120ms);
  good_frame(20ms);
  EXPECT_GE(pauses_.patience(), 120ms) << "a shorter one proves nothing";
}

TEST_F(Pauses, OfDamagedFramesProveNothing) {
  pauses_.paused(500ms);
  pauses_.frame_was_bad();
  good_frame(5ms);
  EXPECT_EQ(pauses_.patience(), 40ms);
}

TEST_F(Pauses, AreForgottenSlowly) {
  good_frame(200ms);
  const Duration at_first = pauses_.patience();
  for (int i = 0; i < 50; ++i) good_frame(1ms);
  EXPECT_EQ(pauses_.patience(), at_first);
  for (int i = 0; i < 120; ++i) good_frame(1ms);
  EXPECT_LT(pauses_.patience(), at_first);
  EXPECT_GT(pauses_.patience(), at_first / 2);
  for (int i = 0; i < 3600; ++i) good_frame(1ms);
  EXPECT_EQ(pauses_.patience(), 40ms);
}

TEST_F(Pauses, AreUsualOnlyWhereMostFramesHaveThem) {
  for (int i = 0; i < 50; ++i) good_frame(i % 25 == 0 ? 200ms : 0ms);
  EXPECT_LT(pauses_.usual(), 11ms);
  for (int i = 0; i < 50; ++i) good_frame(200ms);
  EXPECT_GT(pauses_.usual(), 150ms);
}

TEST_F(Pauses, HaveAnEnd) {
  good_frame(60s);
  EXPECT_LE(pauses_.patience(), 2s);
}

}  // namespace
}  // namespace serialtcp::link
