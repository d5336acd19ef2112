// Prng: the same numbers on every machine, and the bounds that it promises.
#include "base/prng.h"

#include <gtest/gtest.h>

#include <array>

namespace serialtcp::base {
namespace {

TEST(Prng, GivesThePublishedGeneratorsNumbers) {
  Prng zero(0);
  EXPECT_EQ(zero.next(), 0x99EC5F36CB75F2B4U);
  EXPECT_EQ(zero.next(), 0xBF6E1F784956452AU);
  EXPECT_EQ(zero.next(), 0x1A5F849D4933E6E0U);
  Prng one(1);
  EXPECT_EQ(one.next(), 0xB3F2AF6D0FC710C5U);
}

TEST(Prng, MultipliesToTheUpperHalfOfTheProduct) {
  constexpr std::uint64_t kMost = ~std::uint64_t{0};
  EXPECT_EQ(Prng::high_product(kMost, kMost), kMost - 1);
  EXPECT_EQ(Prng::high_product(kMost, 1), 0U);
  EXPECT_EQ(Prng::high_product(std::uint64_t{1} << 63U, 6), 3U);
  EXPECT_EQ(Prng::high_product(0x123456789ABCDEF0U, 0xFEDCBA9876543210U), 0x121FA00AD77D7422U);
}

TEST(Prng, StaysBelowTheBoundAndReachesEveryNumber) {
  Prng random(1);
  std::array<int, 10> counts{};
  for (int i = 0; i < 10'000; ++i) ++counts.at(random.below(10));
  for (const int count : counts) EXPECT_NEAR(count, 1000, 150);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(random.below(1), 0U);
}

TEST(Prng, GivesUnitsFromZeroToBelowOne) {
  Prng random(2);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double unit = random.unit();
    ASSERT_GE(unit, 0);
    ASSERT_LT(unit, 1);
    sum += unit;
  }
  EXPECT_NEAR(sum / 10'000, 0.5, 0.02);
}

TEST(Prng, TakesCertaintiesForWhatTheyAre) {
  Prng random(3);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(random.chance(0));
    EXPECT_TRUE(random.chance(1));
  }
}

}  // namespace
}  // namespace serialtcp::base
