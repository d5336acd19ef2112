// Resources that several links share: none can take all, and a single one can have all.
#include "base/fair_share.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace serialtcp::base {
namespace {

using namespace std::chrono_literals;

struct Taker {
  explicit Taker(const std::shared_ptr<FairShare>& share) : member(share, [this] { return held; }) {}

  /// Takes as many as it is permitted.
  std::size_t take_all() {
    while (member.may_add()) ++held;
    return held;
  }

  std::size_t held = 0;
  FairShare::Member member;
};

TEST(FairShare, OneAloneCanHaveAll) {
  const auto share = std::make_shared<FairShare>(16);
  Taker only(share);
  EXPECT_EQ(only.take_all(), 16U);
  --only.held;
  EXPECT_TRUE(only.member.may_add()) << "there is room again";
}

TEST(FairShare, AGreedyOneLeavesTheOthersTheirOwn) {
  const auto share = std::make_shared<FairShare>(16);
  Taker greedy(share);
  Taker late(share);
  Taker later(share);
  Taker latest(share);
  EXPECT_EQ(greedy.take_all(), 2U + 8U) << "its own, a quarter of one half, and the other half";
  for (Taker* other : {&late, &later, &latest}) EXPECT_EQ(other->take_all(), 2U);
  greedy.held = 0;
  EXPECT_EQ(later.take_all(), 10U) << "what is common goes to who needs it";
}

TEST(FairShare, AMemberThatHasGoneLeavesItsOwnToTheOthers) {
  const auto share = std::make_shared<FairShare>(16);
  Taker one(share);
  {
    Taker other(share);
    EXPECT_EQ(one.take_all(), 12U);
  }
  EXPECT_EQ(one.take_all(), 16U);
}

TEST(FairShare, EveryMemberHasOneHoweverManyThereAre) {
  const auto share = std::make_shared<FairShare>(4);
  std::vector<std::unique_ptr<Taker>> takers;
  for (int i = 0; i < 10; ++i) takers.push_back(std::make_unique<Taker>(share));
  EXPECT_EQ(takers[0]->take_all(), 3U);
  for (int i = 1; i < 10; ++i) EXPECT_EQ(takers[static_cast<std::size_t>(i)]->take_all(), 1U);
}

std::size_t take_all(FairRate::Member& member, Time now) {
  std::size_t count = 0;
  while (member.take(now)) ++count;
  return count;
}

TEST(FairRate, OneAloneCanHaveAll) {
  const auto rate = std::make_shared<FairRate>(100, 10);
  FairRate::Member only(rate);
  EXPECT_EQ(take_all(only, Time{} + 100s), 100U);
  EXPECT_EQ(take_all(only, Time{} + 101s), 10U);
}

TEST(FairRate, AGreedyOneLeavesTheOthersTheirOwn) {
  const auto rate = std::make_shared<FairRate>(100, 20);
  FairRate::Member greedy(rate);
  FairRate::Member other(rate);
  EXPECT_EQ(take_all(greedy, Time{} + 100s), 25U + 50U);
  EXPECT_EQ(take_all(other, Time{} + 100s), 25U);
  EXPECT_EQ(take_all(greedy, Time{} + 101s), 5U + 10U);
  EXPECT_EQ(take_all(other, Time{} + 101s), 5U);
}

TEST(FairRate, AMemberThatHasGoneLeavesItsOwnToTheOthers) {
  const auto rate = std::make_shared<FairRate>(100, 20);
  FairRate::Member one(rate);
  {
    FairRate::Member other(rate);
    EXPECT_EQ(take_all(one, Time{} + 100s), 75U);
  }
  take_all(one, Time{} + 100s);
  EXPECT_EQ(take_all(one, Time{} + 101s), 20U);
}

}  // namespace
}  // namespace serialtcp::base
