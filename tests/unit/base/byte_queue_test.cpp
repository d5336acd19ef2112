// ByteQueue compared with a string of all bytes ever appended.
#include "base/byte_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/prng.h"

namespace serialtcp::base {
namespace {

using ::testing::ElementsAre;

TEST(ByteQueue, AgreesWithAPlainStringAfterRandomOperations) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    base::Prng random(seed);
    ByteQueue queue;
    Bytes all;
    std::uint64_t begin = 0;
    for (int step = 0; step < 2000; ++step) {
      Bytes piece(random.below(random.chance(0.05) ? 9000 : 60));
      for (Byte& byte : piece) byte = static_cast<Byte>(random.next());
      switch (random.below(3)) {
        case 0:
          queue.append(piece);
          all.insert(all.end(), piece.begin(), piece.end());
          break;
        case 1: {
          const std::uint64_t at = begin + random.below(all.size() - begin + 50);
          queue.place(at, piece);
          all.resize(std::max<std::size_t>(all.size(), at + piece.size()));
          std::ranges::copy(piece, all.begin() + static_cast<long>(at));
          break;
        }
        default:
          begin += random.below(std::min<std::uint64_t>(all.size() - begin, 4000) + 1);
          queue.drop_below(begin);
      }
      ASSERT_EQ(queue.begin(), begin) << "SEED " << seed;
      ASSERT_EQ(queue.end(), all.size()) << "SEED " << seed;
      ASSERT_EQ(queue.size(), all.size() - begin) << "SEED " << seed;
      const std::uint64_t from = begin + random.below(all.size() - begin + 1);
      ASSERT_TRUE(std::ranges::equal(queue.view(from, all.size()), ByteView(all).subspan(from)))
          << "SEED " << seed;
    }
  }
}

TEST(ByteQueue, ViewsNoMoreThanAsked) {
  ByteQueue queue;
  queue.append(Bytes{1, 2, 3});
  EXPECT_THAT(queue.view(1, 1), ElementsAre(2));
  EXPECT_TRUE(queue.view(3, 5).empty());
}

TEST(ByteQueue, FillsAHoleWithoutTouchingWhatIsThere) {
  ByteQueue queue;
  queue.place(2, Bytes{3, 4});
  queue.place(0, Bytes{1, 2});
  EXPECT_THAT(queue.view(0, 4), ElementsAre(1, 2, 3, 4));
}

TEST(ByteQueue, DroppingWhatIsGoneAlreadyDoesNothing) {
  ByteQueue queue;
  queue.append(Bytes{1, 2, 3});
  queue.drop_below(2);
  queue.drop_below(1);
  EXPECT_THAT(queue.view(2, 5), ElementsAre(3));
}

TEST(ByteQueue, BeginsAnewWhereItIsTold) {
  ByteQueue queue;
  queue.append(Bytes{1, 2, 3});
  queue.restart(100);
  EXPECT_EQ(queue.size(), 0U);
  EXPECT_EQ(queue.begin(), 100U);
  queue.place(102, Bytes{7});
  EXPECT_EQ(queue.end(), 103U);
  EXPECT_THAT(queue.view(102, 5), ElementsAre(7));
}

TEST(ByteQueueDeathTest, ReachingBelowItsBeginningIsOurOwnBug) {
  ByteQueue queue;
  queue.append(Bytes{1, 2, 3});
  queue.drop_below(2);
  EXPECT_DEATH(queue.place(1, Bytes{1}), "internal error");
  EXPECT_DEATH(static_cast<void>(queue.view(1, 1)), "internal error");
  EXPECT_DEATH(queue.drop_below(4), "internal error");
}

TEST(ByteQueue, TakesLittleMoreMemoryThanItHolds) {
  ByteQueue queue;
  const Bytes piece(1000, 'x');
  for (int i = 0; i < 256; ++i) queue.append(piece);
  EXPECT_LE(queue.capacity(), 256'000U * 2 + 2000);
  // Full for a long time.
  for (int i = 0; i < 10'000; ++i) {
    queue.drop_below(queue.begin() + 1000);
    queue.append(piece);
    ASSERT_LE(queue.capacity(), 256'000U * 2 + 2000);
  }
  queue.drop_below(queue.end() - 10);
  queue.append(piece);
  EXPECT_LE(queue.capacity(), 2 * queue.size()) << "and gives back what it does not need any more";
}

}  // namespace
}  // namespace serialtcp::base
