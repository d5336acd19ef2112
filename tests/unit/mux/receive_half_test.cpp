// The receiving half of a stream: order, the end, credit, and every limit of it.
#include "mux/receive_half.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/prng.h"
#include "serialtcp/config.h"

namespace serialtcp::mux {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Time kStart = Time{} + 1h;

class ReceiveHalfTest : public testing::Test {
 protected:
  Bytes read(std::size_t most = 100'000) {
    Bytes into(most);
    into.resize(half_.read(into, now_, {5ms}));
    return into;
  }

  Time now_ = kStart;
  CreditPool pool_;
  DecompressorPool decompressors_;
  ReceiveHalf half_{limits::kInitialCredit, pool_, decompressors_};
};

TEST_F(ReceiveHalfTest, HandsOutBytesInOrderOnce) {
  EXPECT_EQ(half_.receive(0, Bytes{1, 2}), std::nullopt);
  EXPECT_EQ(half_.receive(2, Bytes{3}), std::nullopt);
  EXPECT_THAT(read(2), ElementsAre(1, 2));
  EXPECT_THAT(read(), ElementsAre(3));
  EXPECT_THAT(read(), IsEmpty());
}

TEST_F(ReceiveHalfTest, WaitsForTheBytesInAHole) {
  half_.receive(2, Bytes{3, 4});
  EXPECT_EQ(half_.readable(), 0U);
  EXPECT_EQ(half_.next(), 0U);
  half_.receive(0, Bytes{1, 2});
  EXPECT_EQ(half_.next(), 4U);
  EXPECT_THAT(read(), ElementsAre(1, 2, 3, 4));
}

TEST_F(ReceiveHalfTest, IgnoresWhatItHasAlready) {
  half_.receive(0, Bytes{1, 2, 3});
  EXPECT_THAT(read(2), ElementsAre(1, 2));
  EXPECT_EQ(half_.receive(0, Bytes{9, 9}), std::nullopt);
  EXPECT_EQ(half_.receive(1, Bytes{9, 9, 4}), std::nullopt);
  EXPECT_THAT(read(), ElementsAre(3, 4));
}

TEST_F(ReceiveHalfTest, AgreesWithANaiveModelWhateverOverlaps) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    base::Prng random(seed);
    CreditPool pool;
    ReceiveHalf half(limits::kInitialCredit, pool, decompressors_);
    std::vector<bool> have(200);
    for (int step = 0; step < 60; ++step) {
      const std::uint64_t offset = random.below(180);
      Bytes bytes(random.below(20));
      for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<Byte>(offset + i);
        have[offset + i] = true;
      }
      ASSERT_EQ(half.receive(offset, bytes), std::nullopt);
      const auto hole = std::ranges::find(have, false);
      ASSERT_EQ(half.next(), static_cast<std::uint64_t>(hole - have.begin())) << "SEED " << seed;
    }
    Bytes into(200);
    into.resize(half.read(into, kStart, {5ms}));
    for (std::size_t i = 0; i < into.size(); ++i) ASSERT_EQ(into[i], i) << "SEED " << seed;
  }
}

TEST_F(ReceiveHalfTest, RefusesBytesBeyondTheCredit) {
  EXPECT_EQ(half_.receive(0, Bytes(limits::kInitialCredit)), std::nullopt);
  EXPECT_EQ(half_.receive(limits::kInitialCredit, Bytes(1)), ReceiveError::beyond_credit);
  EXPECT_EQ(half_.receive(limits::kInitialCredit - 1, Bytes(2)), ReceiveError::beyond_credit);
}

TEST_F(ReceiveHalfTest, IsAtItsEndOnceEverythingBeforeHasBeenRead) {
  half_.receive(0, Bytes{1, 2});
  EXPECT_EQ(half_.end_at(3), std::nullopt);
  EXPECT_FALSE(half_.complete());
  half_.receive(2, Bytes{3});
  EXPECT_TRUE(half_.complete());
  EXPECT_FALSE(half_.at_end());
  read();
  EXPECT_TRUE(half_.at_end());
}

TEST_F(ReceiveHalfTest, EndsAtOnceWhenNothingWasEverSaid) {
  EXPECT_EQ(half_.end_at(0), std::nullopt);
  EXPECT_TRUE(half_.at_end());
}

TEST_F(ReceiveHalfTest, RefusesAnEndThatMoves) {
  EXPECT_EQ(half_.end_at(10), std::nullopt);
  EXPECT_EQ(half_.end_at(10), std::nullopt) << "it may be said twice";
  EXPECT_EQ(half_.end_at(11), ReceiveError::end_moved);
}

TEST_F(ReceiveHalfTest, RefusesAnEndBeforeBytesThatHaveArrived) {
  half_.receive(0, Bytes(5));
  half_.receive(8, Bytes(2));
  EXPECT_EQ(half_.end_at(4), ReceiveError::beyond_end);
  EXPECT_EQ(half_.end_at(9), ReceiveError::beyond_end);
  EXPECT_EQ(half_.end_at(10), std::nullopt);
}

TEST_F(ReceiveHalfTest, RefusesBytesBeyondTheEnd) {
  half_.end_at(5);
  EXPECT_EQ(half_.receive(3, Bytes(3)), ReceiveError::beyond_end);
  EXPECT_EQ(half_.receive(3, Bytes(2)), std::nullopt);
}

TEST_F(ReceiveHalfTest, GivesCreditOnceAQuarterOfTheWindowHasBeenRead) {
  half_.receive(0, Bytes(limits::kInitialCredit));
  read(limits::kInitialCredit / 4 - 1);
  EXPECT_FALSE(half_.credit_due());
  read(1);
  EXPECT_TRUE(half_.credit_due());
  EXPECT_EQ(half_.give_credit(), limits::kInitialCredit * 5 / 4);
  EXPECT_FALSE(half_.credit_due());
  EXPECT_EQ(half_.receive(limits::kInitialCredit, Bytes(limits::kInitialCredit / 4)), std::nullopt);
}

TEST_F(ReceiveHalfTest, GivesCreditInWholeUnitsAndNeverTakesItBack) {
  half_.receive(0, Bytes(limits::kInitialCredit));
  std::uint64_t last = limits::kInitialCredit;
  for (int i = 0; i < 100; ++i) {
    read(37);
    const std::uint64_t limit = half_.give_credit();
    EXPECT_EQ(limit % 256, 0U);
    EXPECT_GE(limit, last);
    last = limit;
  }
}

TEST_F(ReceiveHalfTest, NeedsNoCreditForMoreThanTheEnd) {
  half_.receive(0, Bytes(limits::kInitialCredit));
  half_.end_at(limits::kInitialCredit);
  read();
  EXPECT_FALSE(half_.credit_due());
}

TEST_F(ReceiveHalfTest, ForgetsWhatWasNotRead) {
  half_.receive(0, Bytes(100));
  half_.receive(200, Bytes(100));
  half_.discard();
  EXPECT_EQ(half_.held(), 0U);
}

/// A writer that uses all of its credit, and a reader that reads everything at once.
std::uint64_t run_fast(ReceiveHalf& half, Duration round_trip, int rounds) {
  std::uint64_t sent = 0;
  std::uint64_t limit = limits::kInitialCredit;
  Time now = kStart;
  std::uint64_t window = 0;
  Bytes into(limits::kFarWindow);
  for (int i = 0; i < rounds; ++i) {
    window = limit - sent;
    EXPECT_EQ(half.receive(sent, Bytes(window)), std::nullopt);
    sent = limit;
    now += round_trip;
    half.read(into, now, {round_trip});
    limit = half.give_credit();
  }
  return window;
}

TEST_F(ReceiveHalfTest, OpensTheWindowForAFastReaderUpToTheLimit) {
  EXPECT_EQ(run_fast(half_, 20ms, 100), limits::kMaxCredit);
  EXPECT_EQ(pool_.used, limits::kMaxCredit - limits::kInitialCredit);
}

TEST_F(ReceiveHalfTest, OpensTheWindowFurtherOnALineWithoutASpeed) {
  EXPECT_EQ(run_fast(half_, 9ms, 100), limits::kFarWindow);
  EXPECT_EQ(pool_.used, limits::kFarWindow - limits::kInitialCredit);
}

TEST_F(ReceiveHalfTest, OpensTheWindowOfAFarPathAtOnce) {
  constexpr std::size_t kUnderWay = 3 * limits::kMaxCredit;
  Bytes into(limits::kInitialCredit / 2);
  ASSERT_EQ(half_.receive(0, Bytes(limits::kInitialCredit)), std::nullopt);
  half_.read(into, kStart, {1s, kUnderWay});
  half_.read(into, kStart + 1s, {1s, kUnderWay});
  EXPECT_EQ(half_.give_credit(), limits::kInitialCredit + kUnderWay);
  EXPECT_EQ(pool_.used, kUnderWay - limits::kInitialCredit);
}

TEST_F(ReceiveHalfTest, KeepsTheWindowForASlowReader) {
  std::uint64_t sent = limits::kInitialCredit;
  half_.receive(0, Bytes(sent));
  for (int i = 0; i < 200; ++i) {
    now_ += 1s;
    read(1024);
    const std::uint64_t limit = half_.give_credit();
    EXPECT_LE(limit - sent, limits::kInitialCredit);
    half_.receive(sent, Bytes(limit - sent));
    sent = limit;
  }
  EXPECT_EQ(pool_.used, 0U);
}

TEST(CreditPool, BoundsTheCreditOfAllStreamsTogether) {
  CreditPool pool;
  DecompressorPool decompressors;
  std::vector<std::unique_ptr<ReceiveHalf>> halves;
  std::uint64_t at_most = 0;
  for (int i = 0; i < 100; ++i) {
    halves.push_back(std::make_unique<ReceiveHalf>(limits::kInitialCredit, pool, decompressors));
    at_most += run_fast(*halves.back(), 20ms, 20) == limits::kMaxCredit ? 1U : 0U;
    ASSERT_LE(pool.used, limits::kCreditSum);
  }
  EXPECT_GE(at_most, limits::kCreditSum / limits::kMaxCredit - 1);
  EXPECT_LT(at_most, 100U);
  halves.clear();
  EXPECT_EQ(pool.used, 0U) << "it is given back";
}

}  // namespace
}  // namespace serialtcp::mux
