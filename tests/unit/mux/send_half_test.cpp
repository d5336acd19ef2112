// The sending half of a stream: what is sent next, and both halves together over a line that loses, doubles
// and reorders.
#include "mux/send_half.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/prng.h"
#include "mux/receive_half.h"
#include "serialtcp/config.h"

namespace serialtcp::mux {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Bytes counting(std::size_t count) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<Byte>(i * 7 + (i >> 8));
  return bytes;
}

/// What is to be sent next, coded now.
Piece next(SendHalf& half, std::size_t most, PackerPool& pool) {
  half.load(11520, Time{}, pool);
  return half.next(most);
}

/// While the peer accepts nothing packed.
Piece next(SendHalf& half, std::size_t most) {
  PackerPool nothing_packed;
  return next(half, most, nothing_packed);
}

/// Hands the next piece to the line.
Piece send(SendHalf& half, std::size_t most) {
  const Piece piece = next(half, most);
  half.sent(piece.offset, piece.bytes.size());
  return piece;
}

TEST(SendHalf, SendsWhatWasWrittenInOrder) {
  SendHalf half(100);
  half.write(Bytes{1, 2, 3, 4, 5});
  EXPECT_THAT(send(half, 3).bytes, ElementsAre(1, 2, 3));
  const auto second = send(half, 3);
  EXPECT_EQ(second.offset, 3U);
  EXPECT_THAT(second.bytes, ElementsAre(4, 5));
  EXPECT_FALSE(half.has_next());
  EXPECT_EQ(half.held(), 5U);
}

TEST(SendHalf, SendsWhatWasLostBeforeWhatIsNew) {
  SendHalf half(100);
  half.write(counting(30));
  send(half, 10);
  send(half, 10);
  half.lost(2, 4);
  EXPECT_EQ(next(half, 100).offset, 2U);
  EXPECT_EQ(next(half, 100).bytes.size(), 4U);
  send(half, 3);
  EXPECT_EQ(next(half, 100).offset, 5U);
  send(half, 100);
  EXPECT_EQ(next(half, 100).offset, 20U);
}

TEST(SendHalf, DoesNotSendAgainWhatHasArrivedInTheMeantime) {
  SendHalf half(100);
  half.write(counting(30));
  send(half, 30);
  half.lost(0, 20);
  half.delivered(5, 10);
  EXPECT_EQ(next(half, 100).bytes.size(), 5U);
  send(half, 100);
  EXPECT_EQ(next(half, 100).offset, 15U);
  half.delivered(0, 30);
  EXPECT_FALSE(half.has_next());
  half.lost(0, 30);
  EXPECT_FALSE(half.has_next());
}

TEST(SendHalf, HoldsBytesUntilAllBeforeThemHaveArrived) {
  SendHalf half(100);
  half.write(counting(30));
  send(half, 30);
  half.delivered(10, 10);
  EXPECT_EQ(half.held(), 30U);
  half.delivered(0, 10);
  EXPECT_EQ(half.held(), 10U);
  EXPECT_EQ(half.first_unacknowledged(), 20U);
  EXPECT_EQ(half.spread(), 10U);
}

TEST(SendHalf, StopsWhereTheCreditEnds) {
  SendHalf half(10);
  half.write(counting(30));
  EXPECT_EQ(send(half, 100).bytes.size(), 10U);
  EXPECT_FALSE(half.has_next());
  EXPECT_THAT(next(half, 100).bytes, IsEmpty());
  half.lost(5, 5);
  EXPECT_TRUE(half.has_next()) << "what was lost needs no new credit";
  send(half, 100);
  EXPECT_TRUE(half.raise_limit(20));
  EXPECT_FALSE(half.raise_limit(15)) << "credit is never taken back";
  EXPECT_EQ(send(half, 100).bytes.size(), 10U);
}

TEST(SendHalf, KnowsWhenThePeersPlaceIsCertain) {
  SendHalf half(100);
  half.write(counting(30));
  EXPECT_TRUE(half.peer_is_at(0));
  send(half, 10);
  EXPECT_FALSE(half.peer_is_at(10));
  half.delivered(0, 10);
  EXPECT_TRUE(half.peer_is_at(10));
  send(half, 10);
  half.lost(10, 10);
  EXPECT_FALSE(half.peer_is_at(10)) << "perhaps it was not lost";
}

TEST(SendHalf, IsFinishedWhenItsEndAndAllBytesHaveArrived) {
  SendHalf half(100);
  half.write(counting(10));
  half.shut();
  EXPECT_TRUE(half.is_shut());
  EXPECT_EQ(half.fin(), Delivery::wanted);
  send(half, 10);
  half.set_fin(Delivery::delivered);
  EXPECT_FALSE(half.finished());
  half.delivered(0, 10);
  EXPECT_TRUE(half.finished());
}

TEST(SendHalfDeathTest, ShuttingTwiceIsOurOwnBug) {
  SendHalf half(100);
  half.shut();
  EXPECT_DEATH(half.shut(), "internal error");
}

struct UnderWay {
  std::uint64_t offset;
  Bytes bytes;
};

/// Writes, sends, loses, doubles and reorders at random until all of `bytes` were read at the other side.
Bytes carried(const Bytes& bytes, std::uint64_t seed) {
  base::Prng random(seed);
  CreditPool pool;
  DecompressorPool decompressors;
  SendHalf send_half(limits::kInitialCredit);
  ReceiveHalf receive_half(limits::kInitialCredit, pool, decompressors);
  std::vector<UnderWay> line;
  Bytes read;
  std::size_t written = 0;
  for (int step = 0; step < 200'000 && read.size() < bytes.size(); ++step) {
    if (written < bytes.size() && send_half.held() < 20'000) {
      const std::size_t count = std::min<std::size_t>(random.below(3000), bytes.size() - written);
      send_half.write(ByteView(bytes).subspan(written, count));
      written += count;
    }
    if (send_half.has_next() && line.size() < 20) {
      const auto piece = next(send_half, 1 + random.below(900));
      line.push_back({piece.offset, Bytes(piece.bytes.begin(), piece.bytes.end())});
      send_half.sent(piece.offset, piece.bytes.size());
    }
    if (!line.empty() && random.chance(0.7)) {
      const auto at = line.begin() + static_cast<long>(random.below(line.size()));
      const UnderWay item = *at;
      if (!random.chance(0.1)) line.erase(at);
      if (random.chance(0.2)) {
        send_half.lost(item.offset, item.bytes.size());
      } else {
        EXPECT_EQ(receive_half.receive(item.offset, item.bytes), std::nullopt) << "SEED " << seed;
        if (random.chance(0.8)) {
          send_half.delivered(item.offset, item.bytes.size());
        } else {
          send_half.lost(item.offset, item.bytes.size());
        }
      }
    }
    EXPECT_LE(receive_half.held(), limits::kMaxCredit);
    Bytes into(random.below(4000));
    into.resize(receive_half.read(into, Time{} + step * 1us, {5ms}));
    read.insert(read.end(), into.begin(), into.end());
    if (receive_half.credit_due()) send_half.raise_limit(receive_half.give_credit());
  }
  return read;
}

TEST(SendHalf, BringsEveryByteToAReceiveHalfOverATerribleLine) {
  const Bytes bytes = counting(60'000);
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    ASSERT_EQ(carried(bytes, seed), bytes) << "SEED " << seed;
  }
}

}  // namespace
}  // namespace serialtcp::mux
