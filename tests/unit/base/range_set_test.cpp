// RangeSet compared with a simple set of numbers.
#include "base/range_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bitset>
#include <optional>

#include "base/prng.h"

namespace serialtcp::base {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr std::size_t kSpace = 48;

void expect_equal(const RangeSet& set, const std::bitset<kSpace>& model) {
  std::bitset<kSpace> seen;
  std::optional<std::uint64_t> last_end;
  for (const auto& [begin, end] : set.ranges()) {
    ASSERT_LT(begin, end);
    ASSERT_TRUE(!last_end || begin > *last_end) << "ranges touch or overlap";
    last_end = end;
    for (std::uint64_t i = begin; i < end; ++i) seen.set(i);
  }
  ASSERT_EQ(seen, model);
  ASSERT_EQ(set.empty(), model.none());
  ASSERT_EQ(set.count(), set.ranges().size());
}

bool all_set(const std::bitset<kSpace>& model, Range range) {
  for (std::uint64_t i = range.begin; i < range.end; ++i) {
    if (!model.test(i)) return false;
  }
  return true;
}

TEST(RangeSet, AgreesWithANaiveSetAfterRandomOperations) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Prng random(seed);
    RangeSet set;
    std::bitset<kSpace> model;
    for (int step = 0; step < 200; ++step) {
      Range range{random.below(kSpace), 0};
      range.end = range.begin + random.below(std::min<std::uint64_t>(kSpace - range.begin, 9) + 1);
      const bool add = random.chance(0.6);
      if (add) {
        set.add(range);
      } else {
        set.remove(range);
      }
      for (std::uint64_t i = range.begin; i < range.end; ++i) model.set(i, add);
      ASSERT_NO_FATAL_FAILURE(expect_equal(set, model)) << "SEED " << seed << " step " << step;
      const Range asked{random.below(kSpace), random.below(kSpace)};
      ASSERT_EQ(set.contains(asked), all_set(model, asked)) << "SEED " << seed;
    }
  }
}

TEST(RangeSet, JoinsRangesThatTouch) {
  RangeSet set;
  set.add({0, 5});
  set.add({10, 15});
  set.add({5, 10});
  EXPECT_THAT(set.ranges(), ElementsAre(Pair(0, 15)));
}

TEST(RangeSet, SplitsARangeThatIsRemovedFromItsMiddle) {
  RangeSet set;
  set.add({0, 10});
  set.remove({3, 5});
  EXPECT_THAT(set.ranges(), ElementsAre(Pair(0, 3), Pair(5, 10)));
}

TEST(RangeSet, TakesAnEmptyRangeForNothing) {
  RangeSet set;
  set.add({5, 5});
  EXPECT_THAT(set.ranges(), IsEmpty());
  EXPECT_TRUE(set.contains({5, 5}));
  set.add({0, 10});
  set.remove({4, 4});
  EXPECT_THAT(set.ranges(), ElementsAre(Pair(0, 10)));
}

TEST(RangeSet, TellsItsLowestAndItsHighestRange) {
  RangeSet set;
  set.add({10, 12});
  set.add({2, 3});
  set.add({20, 30});
  EXPECT_EQ(set.front(), (Range{2, 3}));
  EXPECT_EQ(set.back(), (Range{20, 30}));
  EXPECT_EQ(set.back().size(), 10U);
}

TEST(RangeSet, TellsWhereTheStretchOfAnOffsetEnds) {
  RangeSet set;
  EXPECT_EQ(set.stretch_end(5), UINT64_MAX);
  set.add({10, 12});
  set.add({20, 30});
  EXPECT_EQ(set.stretch_end(0), 10U);
  EXPECT_EQ(set.stretch_end(10), 12U);
  EXPECT_EQ(set.stretch_end(11), 12U);
  EXPECT_EQ(set.stretch_end(12), 20U);
  EXPECT_EQ(set.stretch_end(29), 30U);
  EXPECT_EQ(set.stretch_end(30), UINT64_MAX);
}

TEST(RangeSet, HoldsTheHighestNumbers) {
  RangeSet set;
  set.add({UINT64_MAX - 10, UINT64_MAX});
  EXPECT_TRUE(set.contains({UINT64_MAX - 1, UINT64_MAX}));
  set.remove({UINT64_MAX - 5, UINT64_MAX});
  EXPECT_FALSE(set.contains({UINT64_MAX - 1, UINT64_MAX}));
}

}  // namespace
}  // namespace serialtcp::base
