// Streams of datagrams of an Endpoint, and its reaction to a peer that violates their rules.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_peer.h"

namespace serialtcp::test {
namespace {

using namespace std::chrono_literals;
namespace chunk = wire::chunk;
using ::testing::ElementsAre;

constexpr wire::WireStream kPeers{0, wire::OpenedBy::sender};
constexpr wire::WireStream kEndpoints{0, wire::OpenedBy::receiver};

Purpose datagrams() {
  Purpose purpose;
  purpose.kind = StreamKind::datagrams;
  return purpose;
}

class DatagramStream : public testing::Test {
 protected:
  DatagramStream() {
    EXPECT_TRUE(peer_.connect());
    peer_.listen();
    peer_.acknowledge();
    while (endpoint_.poll()) {
    }
    peer_.forget_heard();
  }

  /// The peer opens a stream; the application has this id for it.
  StreamId opened() {
    peer_.say(chunk_bytes(chunk::Open{0, 1, {}, {}, Priority::automatic, StreamKind::datagrams}));
    const auto event = endpoint_.poll();
    EXPECT_TRUE(event && std::holds_alternative<event::Opened>(*event));
    return event ? std::get<event::Opened>(*event).stream : StreamId{};
  }
  StreamId open() { return endpoint_.open(datagrams(), peer_.now()).value(); }
  void send(StreamId id, const Bytes& datagram) {
    EXPECT_EQ(endpoint_.send_datagram(id, datagram, 1s, peer_.now()), DatagramFate::waits);
  }
  std::optional<Bytes> read(StreamId id) {
    const auto result = endpoint_.read_datagram(id, peer_.now());
    EXPECT_TRUE(result);
    return result ? result->datagram : std::nullopt;
  }
  bool told_readable() {
    const auto event = endpoint_.poll();
    return event && std::holds_alternative<event::Readable>(*event);
  }
  void expect_breach(const Bytes& chunks) {
    peer_.say(chunks);
    EXPECT_FALSE(endpoint_.link_up());
    peer_.run_for(10ms);
    EXPECT_TRUE(peer_.connect());
    peer_.run_for(10ms);
    peer_.acknowledge();
    while (endpoint_.poll()) {
    }
  }

  Endpoint endpoint_{EndpointConfig{.role = Role::server, .nominal_rate = 1'000'000}, Entropy{1}};
  FakePeer peer_{endpoint_};
};

TEST_F(DatagramStream, PutsASmallOneWholeIntoTheFrameThatOpens) {
  const StreamId id = open();
  send(id, {'h', 'i'});
  peer_.listen();
  ASSERT_EQ(peer_.heard().size(), 1U);
  // OPEN of a stream of datagrams, a datagram of two bytes, DATA of stream 0 up to the end of the frame.
  EXPECT_THAT(peer_.heard()[0].body, ElementsAre(0x01, 0x00, 0x01, 0x10, 0x00, 0x08, 0x02, 0x80, 'h', 'i'));
}

TEST_F(DatagramStream, CutsALongOneAndSaysWhereEachPieceBelongs) {
  const StreamId id = open();
  send(id, Bytes(9000, 'x'));
  for (int i = 0; i < 10; ++i) {
    peer_.run_for(5ms);
    peer_.acknowledge();
  }
  const auto pieces = peer_.chunks<chunk::Data>();
  ASSERT_GE(pieces.size(), 3U);
  EXPECT_EQ(pieces[0].begins, 9000U);
  std::uint32_t offset = pieces[0].offset.value().low;
  for (const chunk::Data& piece : pieces) {
    EXPECT_EQ(piece.begins.has_value(), &piece == &pieces[0]);
    ASSERT_TRUE(piece.offset);
    EXPECT_EQ(piece.offset->bits, 23U);
    EXPECT_EQ(piece.offset->low, offset);
    offset += static_cast<std::uint32_t>(piece.bytes.size());
  }
  EXPECT_EQ(offset, pieces[0].offset->low + 9000);
  EXPECT_EQ(endpoint_.stats().datagrams_sent, 1U);
  EXPECT_EQ(endpoint_.stats().send_buffer_bytes, 0U);
}

TEST_F(DatagramStream, SaysNothingAgainOfWhatWasLostButItsOpening) {
  const StreamId id = open();
  send(id, {'a'});
  peer_.listen();
  const auto lost = static_cast<std::uint8_t>(peer_.heard().size());
  send(id, {'b'});
  peer_.listen();
  wire::Ack ack = peer_.ack_all();
  ack.gap_count = 1;
  ack.gaps[0] = {1, lost};
  peer_.forget_heard();
  peer_.say({}, ack);
  peer_.run_for(500ms);
  for (const chunk::Data& data : peer_.chunks<chunk::Data>()) ADD_FAILURE() << data.bytes.size();
}

TEST_F(DatagramStream, HandsOutWhatThePeerSendsAndItsEnd) {
  const StreamId id = opened();
  peer_.say(datagram_bytes(kPeers, 2, {}, {1, 2}) + datagram_bytes(kPeers, 0, {}, {}));
  EXPECT_TRUE(told_readable());
  EXPECT_EQ(read(id), (Bytes{1, 2}));
  EXPECT_EQ(read(id), Bytes{});
  EXPECT_EQ(read(id), std::nullopt);
  peer_.say(chunk_bytes(chunk::Fin{kPeers, 0}));
  EXPECT_TRUE(told_readable());
  EXPECT_TRUE(endpoint_.read_datagram(id, peer_.now())->end);
  peer_.say(datagram_bytes(kPeers, 1, {}, {9}));
  EXPECT_EQ(read(id), std::nullopt) << "behind the end is nothing";
}

TEST_F(DatagramStream, IgnoresAContinuationWithoutABeginning) {
  const StreamId id = opened();
  peer_.say(data_bytes(kPeers, wire::long_offset(0), {1, 2, 3}));
  EXPECT_TRUE(endpoint_.link_up());
  EXPECT_EQ(read(id), std::nullopt);
}

TEST_F(DatagramStream, IgnoresCreditAndALossOfNothing) {
  opened();
  peer_.say(chunk_bytes(chunk::Credit{kPeers, 9999}));
  peer_.run_for(10ms);
  EXPECT_TRUE(endpoint_.link_up());
}

TEST_F(DatagramStream, APeerThatLiesWithThemLosesTheLink) {
  opened();
  expect_breach(datagram_bytes(kPeers, limits::kMaxDatagram + 1, wire::long_offset(0), {1}));
  opened();
  expect_breach(datagram_bytes(kPeers, 1, wire::long_offset(0), {1, 2}));
  opened();
  expect_breach(datagram_bytes(kPeers, 9, {}, {1, 2}));
  opened();
  expect_breach(data_bytes(kPeers, {}, {1, 2}));
  opened();
  expect_breach(data_bytes(kPeers, wire::WireOffset{0, 15}, {1, 2}));
  opened();
  expect_breach(Bytes{0x06} + data_bytes(kPeers, wire::long_offset(0), {1, 2}));
  opened();
  expect_breach(chunk_bytes(chunk::Fin{kPeers, 5}));
}

TEST_F(DatagramStream, ADatagramOnAStreamOfBytesLosesTheLink) {
  peer_.say(chunk_bytes(chunk::Open{0, 1}));
  expect_breach(datagram_bytes(kPeers, 2, {}, {1, 2}));
  ASSERT_TRUE(endpoint_.open(ServiceId{}, peer_.now()));
  peer_.listen();
  expect_breach(datagram_bytes(kEndpoints, 2, {}, {1, 2}));
}

TEST_F(DatagramStream, AllocatesNoMoreThanHasComeHoweverLongItIsSaidToBe) {
  peer_.say(chunk_bytes(chunk::Open{0, 1, {}, {}, Priority::automatic, StreamKind::datagrams}));
  peer_.say(datagram_bytes(kPeers, limits::kMaxDatagram, wire::long_offset(0), {1}));
  EXPECT_EQ(endpoint_.stats().receive_buffer_bytes, 1U);
}

}  // namespace
}  // namespace serialtcp::test
