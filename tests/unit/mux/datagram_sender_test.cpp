// The datagrams of one stream at the sender: turns, time, losses, bounds.
#include "mux/datagram_sender.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace serialtcp::mux {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart = Time{} + 1h;

class DatagramSenderTest : public testing::Test {
 protected:
  bool push(std::size_t size, Byte fill = 'x', Duration patience = 1s) {
    return sender_.push(Bytes(size, fill), kStart + patience);
  }
  /// Hands the next piece to the line.
  Piece send(std::size_t most) {
    const Piece piece = sender_.next(most);
    whole_ = sender_.sent(piece.bytes.size());
    return piece;
  }

  DatagramRoom room_;
  DatagramSender sender_{room_};
  bool whole_ = false;
};

TEST_F(DatagramSenderTest, SendsADatagramInPiecesOfWhichTheFirstSaysHowLongItIs) {
  ASSERT_TRUE(push(100));
  const Piece first = send(60);
  EXPECT_EQ(first.begins, 100U);
  EXPECT_EQ(first.bytes.size(), 60U);
  EXPECT_FALSE(whole_);
  const Piece second = send(60);
  EXPECT_EQ(second.begins, std::nullopt);
  EXPECT_EQ(second.bytes.size(), 40U);
  EXPECT_EQ(second.offset, first.offset + 60);
  EXPECT_EQ(second.datagram, first.datagram);
  EXPECT_TRUE(whole_);
  EXPECT_TRUE(sender_.empty());
}

TEST_F(DatagramSenderTest, NeverPutsTwoDatagramsIntoOnePiece) {
  ASSERT_TRUE(push(10, 'a') && push(0) && push(10, 'b'));
  EXPECT_TRUE(sender_.has_more());
  const Piece first = send(100);
  EXPECT_EQ(first.bytes.size(), 10U);
  const Piece empty = send(100);
  EXPECT_EQ(empty.begins, 0U);
  EXPECT_TRUE(whole_);
  EXPECT_FALSE(sender_.has_more());
  const Piece last = sender_.next(100);
  EXPECT_EQ(last.bytes[0], 'b');
  EXPECT_NE(last.datagram, empty.datagram);
}

TEST_F(DatagramSenderTest, BeginsAnewUntilAByteHasGone) {
  ASSERT_TRUE(push(10));
  sender_.begin();
  EXPECT_EQ(sender_.next(1).begins, 10U);
  EXPECT_FALSE(sender_.sent(0));
  EXPECT_EQ(sender_.next(1).begins, 10U);
  EXPECT_FALSE(sender_.sent(1));
  EXPECT_EQ(sender_.next(1).begins, std::nullopt);
}

TEST_F(DatagramSenderTest, GivesEveryByteAnOffsetOfItsOwnWhateverBecomesOfTheDatagram) {
  ASSERT_TRUE(push(10) && push(10));
  send(4);
  ASSERT_TRUE(sender_.interrupt());
  EXPECT_EQ(sender_.next(1).offset, 4U);
  EXPECT_EQ(sender_.next(1).begins, 10U);
}

TEST_F(DatagramSenderTest, DropsWhatIsLateBeforeItsTurn) {
  ASSERT_TRUE(push(10, 'a', 1s) && push(10, 'b', 1s) && push(10, 'c', 3s));
  EXPECT_EQ(sender_.expire(kStart + 1s), 0U);
  EXPECT_EQ(sender_.expire(kStart + 2s), 2U);
  EXPECT_EQ(sender_.next(1).bytes[0], 'c');
}

TEST_F(DatagramSenderTest, FinishesWhatHasBegunHoweverLate) {
  ASSERT_TRUE(push(10) && push(10));
  sender_.begin();
  EXPECT_EQ(sender_.expire(kStart + 1h), 0U);
  send(10);
  EXPECT_EQ(sender_.expire(kStart + 1h), 1U);
}

TEST_F(DatagramSenderTest, DropsTheRestOfOneOfWhichAPieceWasLost) {
  ASSERT_TRUE(push(100) && push(10, 'b'));
  const Piece lost = send(40);
  send(40);
  EXPECT_TRUE(sender_.lost(lost.offset, 40));
  EXPECT_EQ(sender_.next(1).bytes[0], 'b');
}

TEST_F(DatagramSenderTest, TakesALossOfAnEarlierDatagramForWhatItIs) {
  ASSERT_TRUE(push(10) && push(0) && push(100));
  const Piece earlier = send(10);
  const Piece empty = send(10);
  send(40);
  EXPECT_FALSE(sender_.lost(earlier.offset, 10));
  EXPECT_FALSE(sender_.lost(empty.offset, 0));
  EXPECT_EQ(send(100).bytes.size(), 60U);
  EXPECT_FALSE(sender_.lost(empty.offset, 40)) << "it has all gone";
}

TEST_F(DatagramSenderTest, HoldsNoMoreThanAStreamMay) {
  std::size_t taken = 0;
  while (push(1400)) ++taken;
  EXPECT_EQ(taken, limits::kDatagramQueue / DatagramRoom::cost(1400));
  send(1400);
  EXPECT_TRUE(push(1400));
  EXPECT_FALSE(push(1400));
}

TEST_F(DatagramSenderTest, GivesBackWhatItHeldWhenItEnds) {
  {
    DatagramSender other(room_);
    ASSERT_TRUE(other.push(Bytes(1000), kNever) && other.push(Bytes(1000), kNever));
    other.sent(500);
    EXPECT_EQ(room_.held(), 2 * DatagramRoom::cost(1000));
  }
  EXPECT_EQ(room_.held(), 0U);
}

TEST(DatagramRoomTest, LeavesAsMuchFreeAsTheGreediestHolds) {
  DatagramRoom room;
  std::vector<std::size_t> held(40);
  for (int turn = 0; turn < 1000; ++turn) {
    for (std::size_t& own : held) {
      if (room.take(1000, own)) own += 1000;
    }
  }
  const std::size_t most = *std::ranges::max_element(held);
  EXPECT_LE(room.held(), limits::kDatagramQueueSum);
  EXPECT_GE(limits::kDatagramQueueSum - room.held() + 1000, most);
  EXPECT_GE(limits::kDatagramQueueSum - room.held(), limits::kMaxDatagram)
      << "room for any datagram of another";
}

}  // namespace
}  // namespace serialtcp::mux
