// What must be sent before a frame that begins after a silence, learned from frames that were lost.
#include "link/lead_in.h"

#include <gtest/gtest.h>

namespace serialtcp::link {
namespace {

using namespace std::chrono_literals;

constexpr Duration kAfterSilence = 50ms;
constexpr Duration kAmidOthers = 0ms;

/// Loses every frame after a pause that is preceded by fewer ends than this.
class SleepyLine {
 public:
  explicit SleepyLine(std::size_t ends) : ends_(ends) {}

  /// Returns how many were lost.
  int frames(int count) {
    int lost = 0;
    for (int i = 0; i < count; ++i) {
      if (lead_in.ends() < ends_) {
        lead_in.lost({kAfterSilence, lead_in.ends()});
        ++lost;
      } else {
        lead_in.delivered({kAfterSilence, lead_in.ends()});
      }
    }
    return lost;
  }

  LeadIn lead_in;

 private:
  std::size_t ends_;
};

TEST(LeadIn, IsNoneAtFirst) {
  EXPECT_EQ(LeadIn().ends(), 0U);
}

TEST(LeadIn, GrowsUntilFramesArrive) {
  for (const std::size_t needed : {1U, 4U, 9U, 16U, 20U}) {
    SleepyLine line(needed);
    EXPECT_LE(line.frames(20), 5) << needed;
    EXPECT_GE(line.lead_in.ends(), needed);
  }
}

TEST(LeadIn, HasAnEnd) {
  SleepyLine line(1000);
  line.frames(1000);
  EXPECT_LE(line.lead_in.ends(), LeadIn::kMostEnds);
}

TEST(LeadIn, ShrinksWhenItIsNotNeededAnyMore) {
  SleepyLine line(8);
  line.frames(20);
  LeadIn& lead_in = line.lead_in;
  for (int i = 0; i < 4000; ++i) lead_in.delivered({kAfterSilence, lead_in.ends()});
  EXPECT_EQ(lead_in.ends(), 0U);
}

TEST(LeadIn, IsTriedShorterEverLessOftenWhereItIsNeeded) {
  SleepyLine line(8);
  line.frames(20);
  EXPECT_LE(line.frames(10'000), 20);
}

TEST(LeadIn, DoesNotGrowOnALineThatLosesAnyFrame) {
  LeadIn lead_in;
  for (int i = 0; i < 200; ++i) {
    lead_in.lost({kAmidOthers, lead_in.ends()});
    lead_in.delivered({kAmidOthers, lead_in.ends()});
  }
  for (int i = 0; i < 10; ++i) lead_in.lost({kAfterSilence, lead_in.ends()});
  EXPECT_EQ(lead_in.ends(), 0U);
}

TEST(LeadIn, IsLearnedThoughFramesAfterShorterSilencesArrive) {
  LeadIn lead_in;
  for (int i = 0; i < 3; ++i) {
    lead_in.lost({100ms, lead_in.ends()});
    for (int j = 0; j < 5; ++j) lead_in.delivered({30ms, lead_in.ends()});
  }
  EXPECT_GT(lead_in.ends(), 0U);
}

TEST(LeadIn, IsNotLearnedWhereFramesAfterLongerSilencesArrive) {
  LeadIn lead_in;
  for (int i = 0; i < 50; ++i) {
    lead_in.lost({30ms, lead_in.ends()});
    lead_in.delivered({100ms, lead_in.ends()});
  }
  EXPECT_EQ(lead_in.ends(), 0U);
}

TEST(LeadIn, FollowsThePeersOnceAFrameIsLost) {
  LeadIn lead_in;
  lead_in.hint(1);
  EXPECT_FALSE(lead_in.wants_to_know()) << "one end leads in other frames, too";
  lead_in.hint(12);
  EXPECT_TRUE(lead_in.wants_to_know());
  EXPECT_EQ(lead_in.ends(), 0U) << "the peer may be wrong";
  lead_in.lost({kAfterSilence, lead_in.ends()});
  EXPECT_EQ(lead_in.ends(), 12U);
  lead_in.hint(1'000'000);
  lead_in.lost({kAfterSilence, lead_in.ends()});
  EXPECT_EQ(lead_in.ends(), LeadIn::kMostEnds);
}

TEST(LeadIn, ThatALineSeemedToNeedWhileItWasCutIsDroppedAtOnce) {
  LeadIn lead_in;
  for (int i = 0; i < 8; ++i) lead_in.lost({2s, lead_in.ends()});
  EXPECT_GT(lead_in.ends(), 0U);
  lead_in.delivered({2s, lead_in.ends()});
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(lead_in.ends(), 0U);
    lead_in.delivered({2s, lead_in.ends()});
  }
  EXPECT_FALSE(lead_in.wants_to_know());
}

TEST(LeadIn, ThatWasNeededAfterLongSilencesIsNotDisprovenByShortOnes) {
  LeadIn lead_in;
  for (int i = 0; i < 2; ++i) lead_in.lost({500ms, lead_in.ends()});
  lead_in.delivered({500ms, lead_in.ends()});  // and now it is verified
  for (int i = 0; i < 100; ++i) lead_in.delivered({20ms, lead_in.ends()});
  lead_in.lost({500ms, lead_in.ends()});
  EXPECT_GT(lead_in.ends(), 0U);
  for (int i = 0; i < 100; ++i) lead_in.delivered({20ms, lead_in.ends()});
  EXPECT_GT(lead_in.ends(), 0U);
}

TEST(LeadIn, IsNotJudgedByFramesThatBeganBefore) {
  LeadIn lead_in;
  for (int i = 0; i < 3; ++i) lead_in.lost({kAfterSilence, lead_in.ends()});
  const std::size_t learned = lead_in.ends();
  lead_in.delivered({kAfterSilence, learned});
  ASSERT_EQ(lead_in.ends(), 0U) << "is put to the test";
  for (int i = 0; i < 20; ++i) lead_in.delivered({kAfterSilence, learned});
  lead_in.lost({kAfterSilence, 0});
  EXPECT_EQ(lead_in.ends(), learned);
  for (int i = 0; i < 20; ++i) lead_in.lost({kAfterSilence, 0});
  EXPECT_EQ(lead_in.ends(), learned);
}

TEST(LeadIn, NeedsOneLossOnlyAfterAHint) {
  LeadIn lead_in;
  lead_in.hint(8);
  EXPECT_EQ(lead_in.ends(), 0U);
  lead_in.lost({kAfterSilence, lead_in.ends()});
  EXPECT_EQ(lead_in.ends(), 8U);
  LeadIn other;
  other.hint(8);
  other.delivered({100ms, other.ends()});
  other.lost({kAfterSilence, other.ends()});
  EXPECT_EQ(other.ends(), 0U) << "the first frame has arrived without";
}

class LeadInHinted : public testing::TestWithParam<bool> {
 protected:
  LeadInHinted() { GetParam() ? lead_in_.suspect() : lead_in_.hint(20); }

  LeadIn lead_in_;
};

TEST_P(LeadInHinted, IsRefutedOnlyAfterALongSilence) {
  const std::size_t hinted = lead_in_.hinted();
  LeadIn refuted = lead_in_;
  lead_in_.delivered({5ms, lead_in_.ends()});
  EXPECT_TRUE(lead_in_.wants_to_know()) << "the line may still have been awake";
  lead_in_.lost({60ms, lead_in_.ends()});
  EXPECT_EQ(lead_in_.ends(), hinted);
  refuted.delivered({100ms, refuted.ends()});
  EXPECT_FALSE(refuted.wants_to_know());
}

TEST_P(LeadInHinted, IsRefutedByManyFramesAfterShortSilences) {
  int frames = 0;
  for (; lead_in_.wants_to_know() && frames < 100; ++frames) lead_in_.delivered({5ms, lead_in_.ends()});
  EXPECT_EQ(frames, 32);
  lead_in_.hint(20);
  EXPECT_TRUE(lead_in_.wants_to_know());
  lead_in_.delivered({5ms, lead_in_.ends()});
  EXPECT_TRUE(lead_in_.wants_to_know()) << "it is counted anew";
}

INSTANTIATE_TEST_SUITE_P(HintOrSuspicion, LeadInHinted, testing::Bool());

}  // namespace
}  // namespace serialtcp::link
