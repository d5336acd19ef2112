// Reassembly of datagrams: only pieces of the same datagram are combined, and memory is bounded.
#include "mux/datagram_receiver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "base/prng.h"
#include "mux/datagram_sender.h"

namespace serialtcp::mux {
namespace {

using Outcome = DatagramReceiver::Outcome;

class DatagramReceiverTest : public testing::Test {
 protected:
  Outcome begin(std::uint32_t size, std::uint64_t offset, const Bytes& bytes, std::uint64_t frame = 1) {
    wire::chunk::Data data;
    data.begins = size;
    data.offset = wire::long_offset(offset);
    data.bytes = bytes;
    return receiver_.receive(data, frame);
  }
  Outcome go_on(std::uint64_t offset, const Bytes& bytes, std::uint64_t frame = 1) {
    wire::chunk::Data data;
    data.offset = wire::long_offset(offset);
    data.bytes = bytes;
    return receiver_.receive(data, frame);
  }

  DatagramRoom room_;
  PartialDatagrams partials_;
  DatagramReceiver receiver_{room_, partials_};
};

TEST_F(DatagramReceiverTest, PutsPiecesTogether) {
  EXPECT_EQ(begin(5, 7, {1, 2}), Outcome::nothing);
  EXPECT_EQ(go_on(9, {3}), Outcome::nothing);
  EXPECT_EQ(receiver_.read(), std::nullopt);
  EXPECT_EQ(go_on(10, {4, 5}), Outcome::whole);
  EXPECT_EQ(receiver_.read(), (Bytes{1, 2, 3, 4, 5}));
  EXPECT_EQ(receiver_.read(), std::nullopt);
  EXPECT_EQ(partials_.dropped, 0U);
}

TEST_F(DatagramReceiverTest, TakesOneThatIsWholeWithoutAnOffset) {
  wire::chunk::Data data;
  data.begins = 0;
  EXPECT_EQ(receiver_.receive(data, 1), Outcome::whole);
  const Bytes bytes{1};
  data.bytes = bytes;
  data.begins = 1;
  EXPECT_EQ(receiver_.receive(data, 1), Outcome::whole);
  EXPECT_EQ(receiver_.read(), Bytes{});
  EXPECT_EQ(receiver_.read(), Bytes{1});
}

TEST_F(DatagramReceiverTest, GoesOnlyWhereTheLastPieceEnded) {
  for (const std::uint64_t wrong : {8U, 10U, 0U}) {
    begin(5, 7, {1, 2});
    EXPECT_EQ(go_on(wrong, {3, 4, 5}), Outcome::nothing);
    EXPECT_EQ(go_on(9, {3, 4, 5}), Outcome::nothing) << "it was dropped";
  }
  EXPECT_EQ(partials_.dropped, 3U);
  EXPECT_TRUE(receiver_.empty());
}

TEST_F(DatagramReceiverTest, DropsWhatHasNotEndedWhenAnotherBegins) {
  begin(5, 0, {1, 2});
  EXPECT_EQ(begin(2, 50, {8, 9}), Outcome::whole);
  EXPECT_EQ(go_on(2, {3, 4, 5}), Outcome::nothing);
  EXPECT_EQ(partials_.dropped, 1U);
}

TEST_F(DatagramReceiverTest, DoesNotTakeAPieceFromSoMuchLaterThatItsOffsetMayMeanAnother) {
  begin(5, 0, {1, 2}, 10);
  EXPECT_EQ(go_on(2, {3, 4, 5}, 10 + DatagramReceiver::kMostFramesBetween), Outcome::whole);
  begin(5, 0, {1, 2}, 10);
  EXPECT_EQ(go_on(2, {3, 4, 5}, 11 + DatagramReceiver::kMostFramesBetween), Outcome::nothing);
  begin(5, 0, {1, 2}, 10);
  EXPECT_EQ(go_on(2, {3, 4, 5}, 9), Outcome::nothing) << "nor from before";
  EXPECT_EQ(partials_.dropped, 2U);
}

TEST_F(DatagramReceiverTest, CountsOffsetsAroundTheirTwentyThreeBits) {
  const std::uint64_t edge = (1U << 23) - 2;
  begin(5, edge, {1, 2});
  EXPECT_EQ(go_on(edge + 2, {3, 4, 5}), Outcome::whole);
}

TEST_F(DatagramReceiverTest, ABeginningWithoutAByteIsNone) {
  begin(9, 0, {1, 2});
  EXPECT_EQ(begin(5, 2, {}), Outcome::nothing);
  EXPECT_EQ(go_on(2, {1, 2, 3, 4, 5}), Outcome::nothing) << "neither of this one nor of the one before";
  EXPECT_TRUE(receiver_.empty());
}

TEST_F(DatagramReceiverTest, SaysWhatNoCorrectPeerSends) {
  EXPECT_EQ(begin(limits::kMaxDatagram + 1, 0, {1}), Outcome::breach);
  EXPECT_EQ(begin(1, 0, {1, 2}), Outcome::breach);
  begin(4, 0, {1, 2});
  EXPECT_EQ(go_on(2, {3, 4, 5}), Outcome::breach);
  wire::chunk::Data data;
  EXPECT_EQ(receiver_.receive(data, 1), Outcome::breach) << "no offset";
  data.begins = 2;
  EXPECT_EQ(receiver_.receive(data, 1), Outcome::breach) << "no offset, and not whole";
  data.offset = wire::WireOffset{0, 15};
  EXPECT_EQ(receiver_.receive(data, 1), Outcome::breach) << "a short one";
  data.offset = wire::long_offset(0);
  data.packing = wire::Packing::packed;
  EXPECT_EQ(receiver_.receive(data, 1), Outcome::breach) << "packed";
}

TEST_F(DatagramReceiverTest, DropsTheNewestWhenManyWaitToBeRead) {
  std::size_t whole = 0;
  while (begin(1000, 0, Bytes(1000)) == Outcome::whole) ++whole;
  EXPECT_EQ(whole, limits::kDatagramQueue / DatagramRoom::cost(1000));
  EXPECT_EQ(begin(1000, 0, Bytes(1000)), Outcome::no_room);
  receiver_.read();
  EXPECT_EQ(begin(1000, 0, Bytes(1000)), Outcome::whole);
}

TEST_F(DatagramReceiverTest, OfAllStreamsThePartsThatWaitedLongestAreDroppedWhenTheyAreTooMany) {
  std::vector<std::unique_ptr<DatagramReceiver>> all;
  const auto say = [&](DatagramReceiver& to, std::optional<std::uint32_t> begins, std::uint64_t offset,
                       const Bytes& bytes) {
    wire::chunk::Data data;
    data.begins = begins;
    data.offset = wire::long_offset(offset);
    data.bytes = bytes;
    return to.receive(data, 1);
  };
  const Bytes most(limits::kMaxDatagram - 1);
  for (std::size_t i = 0; i <= limits::kPartialDatagramSum / most.size(); ++i) {
    all.push_back(std::make_unique<DatagramReceiver>(room_, partials_));
    say(*all.back(), limits::kMaxDatagram, 0, most);
    EXPECT_LE(partials_.held, limits::kPartialDatagramSum);
  }
  EXPECT_EQ(partials_.dropped, 1U);
  EXPECT_EQ(say(*all.front(), std::nullopt, most.size(), {1}), Outcome::nothing);
  EXPECT_EQ(say(*all[1], std::nullopt, most.size(), {1}), Outcome::whole);
  all.clear();
  EXPECT_EQ(partials_.held, 0U);
  EXPECT_EQ(room_.held(), 0U);
}

/// Sender and receiver with random loss of frames between them, and numbers and offsets at the limits of
/// their ranges: what comes out is what was sent.
TEST(Datagrams, AreNeverPutTogetherWronglyHoweverManyFramesAreLost) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    base::Prng random(seed);
    DatagramRoom room;
    PartialDatagrams partials;
    DatagramSender sender(room);
    DatagramReceiver receiver(room, partials);
    std::uint64_t frame = 0;
    std::uint64_t pushed = 0;
    std::uint64_t arrived = 0;
    std::uint64_t newest = 0;
    double loss = 0;
    for (int i = 0; i < 3000; ++i) {
      if (random.chance(0.01)) loss = random.chance(0.5) ? 0 : random.unit();
      if (random.chance(0.3)) {
        // Every byte identifies its datagram.
        const Byte number = static_cast<Byte>(++pushed);
        if (!sender.push(Bytes(1 + random.below(300), number), kNever)) --pushed;
      }
      if (random.chance(0.02)) sender.interrupt();
      frame += random.chance(0.01) ? random.below(5000) : 1;
      if (sender.empty()) continue;
      const Piece piece = sender.next(random.below(100));
      wire::chunk::Data data;
      data.begins = piece.begins;
      data.offset = wire::long_offset(piece.offset);
      data.bytes = piece.bytes;
      const bool lost = random.chance(loss);
      if (!lost) {
        ASSERT_NE(receiver.receive(data, frame), Outcome::breach) << "SEED " << seed;
      }
      sender.sent(piece.bytes.size());
      while (const auto datagram = receiver.read()) {
        ASSERT_THAT(*datagram, testing::Each(datagram->front())) << "SEED " << seed;
        ++arrived;
        newest = datagram->front();
      }
    }
    EXPECT_GT(arrived, 0U);
    EXPECT_LE(arrived, pushed);
    EXPECT_NE(newest, 0U);
  }
}

}  // namespace
}  // namespace serialtcp::mux
