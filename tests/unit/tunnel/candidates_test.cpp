// Repaired frames that are held until the peer has confirmed them, and for how long.
#include "tunnel/candidates.h"

#include <gtest/gtest.h>

namespace serialtcp {
namespace {

class CandidatesTest : public testing::Test {
 protected:
  void hold(std::uint64_t number) { candidates_.hold({number, number * 1000, Bytes(3, 'x'), {}}); }
  bool takes(std::uint16_t number) { return candidates_.take(number).has_value(); }

  tunnel::Candidates candidates_;
};

TEST_F(CandidatesTest, TellsOfEachOnceInTheOrderTheyCame) {
  EXPECT_FALSE(candidates_.has_untold());
  hold(70'000);
  hold(70'001);
  EXPECT_TRUE(candidates_.has_untold());
  const wire::chunk::Candidate first = candidates_.tell(5);
  EXPECT_EQ(first.number_low16, 70'000 - 65'536);
  EXPECT_EQ(first.fingerprint, 70'000'000U);
  EXPECT_EQ(candidates_.tell(5).number_low16, 70'001 - 65'536);
  EXPECT_FALSE(candidates_.has_untold());
}

TEST_F(CandidatesTest, GivesOutWhatIsConfirmedOnce) {
  hold(70'000);
  candidates_.tell(5);
  const auto taken = candidates_.take(70'000 - 65'536);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->number, 70'000U);
  EXPECT_EQ(taken->body, Bytes(3, 'x'));
  EXPECT_FALSE(takes(70'000 - 65'536));
}

TEST_F(CandidatesTest, GivesOutNothingThatThePeerWasNotToldOf) {
  hold(9);
  EXPECT_FALSE(takes(9));
  EXPECT_FALSE(takes(10));
}

TEST_F(CandidatesTest, HoldsWhatCanStillBeConfirmed) {
  hold(9);
  candidates_.heard(10, 100);  // not sent yet: it could not confirm it
  candidates_.tell(5);
  candidates_.heard(11, 4);  // has not received it
  candidates_.heard(12, 5);  // has received it: a confirmation is in this frame, or in the next one
  EXPECT_TRUE(takes(9));
}

TEST_F(CandidatesTest, DropsWhatIsNotConfirmedByTheFrameAfterTheOneThatHasHeardOfIt) {
  hold(9);
  candidates_.tell(5);
  candidates_.heard(12, 5);
  candidates_.heard(13, 5);
  EXPECT_FALSE(takes(9));
}

TEST_F(CandidatesTest, DropsItAlsoIfThatFrameWasLost) {
  hold(9);
  candidates_.tell(5);
  candidates_.heard(12, 6);
  candidates_.heard(20, 6);
  EXPECT_FALSE(takes(9));
}

TEST_F(CandidatesTest, IsFullAtSixteenUntilOneIsGone) {
  for (std::uint64_t number = 1; number <= tunnel::Candidates::kMost; ++number) {
    EXPECT_FALSE(candidates_.full());
    hold(number);
  }
  EXPECT_TRUE(candidates_.full());
  candidates_.tell(5);
  EXPECT_TRUE(takes(1));
  EXPECT_FALSE(candidates_.full());
}

}  // namespace
}  // namespace serialtcp
