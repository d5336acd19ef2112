// A peer with correct hellos, numbers and check values that sends what no correct peer sends.
#include <gtest/gtest.h>

#include <algorithm>

#include "fake_peer.h"
#include "memory_in_use.h"
#include "mux/compressor.h"

namespace serialtcp::test {
namespace {

using namespace std::chrono_literals;
namespace chunk = wire::chunk;

/// As the peer names them: streams that it opened, and streams that the endpoint opened.
constexpr wire::WireStream peers(std::uint32_t index) {
  return {index, wire::OpenedBy::sender};
}
constexpr wire::WireStream endpoints(std::uint32_t index) {
  return {index, wire::OpenedBy::receiver};
}

class HostilePeer : public testing::Test {
 protected:
  HostilePeer() { connect(); }

  void connect() {
    EXPECT_TRUE(peer_.connect());
    peer_.listen();
    peer_.acknowledge();
    while (endpoint_.poll()) {
    }
  }

  /// The link ended because of what the peer sent. Then another one comes up, and nothing is left of it.
  void expect_link_closed() {
    EXPECT_FALSE(endpoint_.link_up());
    EXPECT_EQ(last_reason_of_down(endpoint_), LinkDownReason::peer_broke_protocol);
    EXPECT_EQ(endpoint_.stats().streams_now, 0U);
    peer_.run_for(10ms);
    connect();
    EXPECT_TRUE(endpoint_.link_up());
  }

  void expect_link_up() {
    peer_.run_for(5ms);
    EXPECT_TRUE(endpoint_.link_up());
  }

  void open(std::uint32_t index, std::uint8_t generation = 1) {
    peer_.say(chunk_bytes(chunk::Open{index, generation, ServiceId{}}));
  }

  /// A stream of the endpoint's that has sent `bytes` and its end, which the peer has received.
  StreamId open_endpoints_stream(std::size_t bytes) {
    const StreamId id = endpoint_.open(ServiceId{}, peer_.now()).value();
    EXPECT_EQ(endpoint_.write(id, Bytes(bytes, 'x'), peer_.now()), bytes);
    EXPECT_TRUE(endpoint_.shut_write(id, peer_.now()));
    for (int i = 0; i < 10; ++i) {
      peer_.run_for(10ms);
      peer_.acknowledge();
    }
    std::size_t heard = 0;
    for (const chunk::Data& data : peer_.chunks<chunk::Data>()) heard += data.bytes.size();
    EXPECT_EQ(heard, std::min(bytes, limits::kInitialCredit));
    peer_.acknowledge();
    return id;
  }

  Endpoint endpoint_{EndpointConfig{.role = Role::server, .nominal_rate = 1'000'000}, Entropy{1}};
  FakePeer peer_{endpoint_};
};

TEST_F(HostilePeer, MaySendUpToItsCredit) {
  open(0);
  for (std::uint32_t offset = 0; offset < limits::kInitialCredit; offset += 1024) {
    peer_.say(data_bytes(peers(0), wire::WireOffset{offset, 15}, Bytes(1024)));
  }
  expect_link_up();
  EXPECT_EQ(endpoint_.stats().receive_buffer_bytes, limits::kInitialCredit);
}

TEST_F(HostilePeer, MayNotSendBeyondItsCredit) {
  open(0);
  for (std::uint32_t at = 0; at < limits::kInitialCredit; at += 2048)
    peer_.say(data_bytes(peers(0), wire::WireOffset{at, 15}, Bytes(2048)));
  expect_link_up();
  peer_.say(data_bytes(peers(0), wire::WireOffset{limits::kInitialCredit, 15}, {1}));
  expect_link_closed();
}

TEST_F(HostilePeer, MayNotSendFurtherAheadThanPackedDataCanBe) {
  constexpr auto kAhead = static_cast<std::uint32_t>(limits::kInitialCredit +
                                                     limits::kInitialCredit / limits::kPackedAllowanceShare +
                                                     limits::kPackedAllowance);
  open(0);
  peer_.say(data_bytes(peers(0), wire::WireOffset{kAhead - 1, 15}, {1}));
  expect_link_up();
  peer_.say(data_bytes(peers(0), wire::WireOffset{kAhead, 15}, {1}));
  expect_link_closed();
}

TEST_F(HostilePeer, MakesNoByteThatIsHeldCostMoreByLeavingOutEverySecondOne) {
  constexpr std::uint32_t kStreams = 100;
  const std::size_t before = memory_in_use();
  for (std::uint32_t index = 0; index < kStreams; ++index) {
    open(index);
    // Packed and plain alternately: no piece can be merged with its neighbour.
    for (std::uint32_t at = 1; at < limits::kInitialCredit;) {
      Bytes frame;
      for (; at < limits::kInitialCredit && frame.size() < 2000; at += 2)
        frame = frame + ((at & 2U) != 0 ? Bytes{0x06} : Bytes{}) +
                data_bytes(peers(index), wire::WireOffset{at, 15}, {1});
      peer_.say(frame);
    }
  }
  expect_link_up();
  const std::size_t held = endpoint_.stats().receive_buffer_bytes;
  EXPECT_EQ(held, kStreams * limits::kInitialCredit);
  const std::size_t now = memory_in_use();
  if (now == 0) return;
  EXPECT_LT(now - before, held * 7 / 4 + 1'000'000) << "memory of a stream with all that it may send";
}

TEST_F(HostilePeer, MayNotSendPackedWhatIsNone) {
  open(0);
  peer_.say(Bytes{0x06} + data_bytes(peers(0), {}, Bytes(20, 0x55)));
  expect_link_closed();
}

TEST_F(HostilePeer, MayNotPackABomb) {
  mux::Compressor compressor(limits::kPackWindowLog);
  Bytes bomb;
  compressor.pack(Bytes(1'000'000), bomb);
  ASSERT_LT(bomb.size(), 1000U);
  open(0);
  peer_.say(Bytes{0x06} + data_bytes(peers(0), {}, bomb));
  expect_link_closed();
}

TEST_F(HostilePeer, MayNotHaveMorePackedRunsOpenThanItWasAllowed) {
  mux::Compressor compressor(limits::kPackWindowLog);
  Bytes packed;
  compressor.pack(Bytes(100, 'a'), packed);
  for (std::uint32_t index = 0; index < limits::kPackedRuns; ++index) {
    open(index);
    peer_.say(Bytes{0x06} + data_bytes(peers(index), {}, packed));
  }
  expect_link_up();
  open(limits::kPackedRuns);
  peer_.say(Bytes{0x06} + data_bytes(peers(limits::kPackedRuns), {}, packed));
  expect_link_closed();
}

TEST_F(HostilePeer, MayNotSendFarBeyondItsCredit) {
  open(0);
  peer_.say(data_bytes(peers(0), wire::WireOffset{0x3FFFFF, 23}, {1}));
  expect_link_closed();
}

TEST_F(HostilePeer, MayNotSendBeforeTheBeginning) {
  open(0);
  peer_.say(data_bytes(peers(0), wire::WireOffset{0x7FFF, 15}, {1}));
  expect_link_closed();
}

TEST_F(HostilePeer, GainsNothingByEmptyDataFarAhead) {
  open(0);
  peer_.say(data_bytes(peers(0), wire::WireOffset{5000, 15}, {}));
  peer_.say(data_bytes(peers(0), wire::WireOffset{0, 15}, {1, 2, 3}));
  expect_link_up();
  EXPECT_LE(endpoint_.stats().receive_buffer_bytes, limits::kInitialCredit);
}

TEST_F(HostilePeer, MayNotAcknowledgeAFrameNeverSent) {
  wire::Ack ack = peer_.ack_all();
  ack.largest = (ack.largest + 1) & 0xFFFFU;
  peer_.say({}, ack);
  expect_link_closed();
}

TEST_F(HostilePeer, MayNotMissFramesBelowTheFirst) {
  wire::Ack ack = peer_.ack_all();
  ack.gap_count = 1;
  ack.gaps[0] = {1, 255};
  peer_.say({}, ack);
  expect_link_closed();
}

TEST_F(HostilePeer, MayNotSendAnAckThatIsCutShort) {
  const Bytes body = {0x01, 2, 0, 0, 0, 0x8F};
  peer_.say_raw(body, wire::FrameEnd::with_ack);
  expect_link_closed();
}

TEST_F(HostilePeer, MayNotOpenAnIndexAboveTheLimit) {
  open(16383);
  expect_link_up();
  open(16384);
  expect_link_closed();
}

TEST_F(HostilePeer, MayNotOpenTheGreatestIndex) {
  open(UINT32_MAX);
  expect_link_closed();
}

TEST_F(HostilePeer, MayNotOpenAnIndexInUse) {
  open(3, 1);
  open(3, 2);
  expect_link_closed();
}

TEST_F(HostilePeer, MaySayTheSameOpeningTwice) {
  open(3, 1);
  open(3, 1);
  expect_link_up();
  EXPECT_EQ(endpoint_.stats().streams_opened, 1U);
}

TEST_F(HostilePeer, MayNotOpenAnIndexBeforeItsReleaseWasSaid) {
  open(3, 1);
  peer_.say(chunk_bytes(chunk::Reset{peers(3), ResetReason::aborted}));
  open(3, 2);
  expect_link_closed();
}

TEST_F(HostilePeer, MayOpenAnIndexAfterItsRelease) {
  open(3, 1);
  peer_.say(chunk_bytes(chunk::Reset{peers(3), ResetReason::aborted}));
  peer_.run_for(20ms);
  ASSERT_EQ(peer_.chunks<chunk::Release>().size(), 1U);
  peer_.acknowledge();
  open(3, 2);
  expect_link_up();
  EXPECT_EQ(endpoint_.stats().streams_opened, 2U);
}

TEST_F(HostilePeer, MayNotMoveTheEnd) {
  open(0);
  peer_.say(chunk_bytes(chunk::Fin{peers(0), 100}));
  peer_.say(chunk_bytes(chunk::Fin{peers(0), 101}));
  expect_link_closed();
}

TEST_F(HostilePeer, MayNotEndBeforeWhatItHasSent) {
  open(0);
  peer_.say(data_bytes(peers(0), {}, Bytes(10)));
  peer_.say(chunk_bytes(chunk::Fin{peers(0), 9}));
  expect_link_closed();
}

TEST_F(HostilePeer, MayNotSendBeyondTheEnd) {
  open(0);
  peer_.say(chunk_bytes(chunk::Fin{peers(0), 5}));
  peer_.say(data_bytes(peers(0), {}, Bytes(6)));
  expect_link_closed();
}

TEST_F(HostilePeer, MayReleaseAStreamThatIsOverBothWays) {
  const StreamId id = open_endpoints_stream(100);
  peer_.say(chunk_bytes(chunk::Fin{endpoints(0), 0}));
  peer_.say(chunk_bytes(chunk::Release{0, 1}));
  expect_link_up();
  Bytes into(10);
  EXPECT_TRUE(endpoint_.read(id, into, peer_.now()).value().end);
  EXPECT_EQ(endpoint_.stats().streams_now, 0U);
}

TEST_F(HostilePeer, MayReleaseAStreamWhoseBytesTheEndpointTakesForLost) {
  const StreamId id = endpoint_.open(ServiceId{}, peer_.now()).value();
  ASSERT_EQ(endpoint_.write(id, Bytes(100, 'x'), peer_.now()), 100U);
  ASSERT_TRUE(endpoint_.shut_write(id, peer_.now()));
  peer_.run_for(10ms);
  // It has received everything; its ack lists the frames before the last one as missing.
  const std::uint64_t lost_before = endpoint_.stats().frames_lost;
  wire::Ack ack = peer_.ack_all();
  ack.more = true;
  ack.gap_count = 0;
  peer_.say(chunk_bytes(chunk::Fin{endpoints(0), 0}) + chunk_bytes(chunk::Release{0, 1}), ack);
  EXPECT_GT(endpoint_.stats().frames_lost, lost_before);
  expect_link_up();
  Bytes into(10);
  EXPECT_TRUE(endpoint_.read(id, into, peer_.now()).value().end);
  EXPECT_EQ(endpoint_.stats().streams_now, 0U);
  EXPECT_EQ(endpoint_.stats().send_buffer_bytes, 0U);
}

TEST_F(HostilePeer, MayNotReleaseAStreamInUse) {
  ASSERT_TRUE(endpoint_.open(ServiceId{}, peer_.now()));
  peer_.run_for(10ms);
  peer_.say(chunk_bytes(chunk::Release{0, 1}));
  expect_link_closed();
}

TEST_F(HostilePeer, MayNotReleaseAStreamBeforeItsOwnEnd) {
  open_endpoints_stream(100);
  peer_.say(chunk_bytes(chunk::Release{0, 1}));
  expect_link_closed();
}

TEST_F(HostilePeer, MayNotReleaseAStreamWhoseBytesItHasNotGivenCreditFor) {
  open_endpoints_stream(limits::kInitialCredit + 1000);
  peer_.say(chunk_bytes(chunk::Fin{endpoints(0), 0}));
  peer_.say(chunk_bytes(chunk::Release{0, 1}));
  expect_link_closed();
}

TEST_F(HostilePeer, MayReleaseAnIndexThatNobodyUses) {
  peer_.say(chunk_bytes(chunk::Release{0, 1}));
  peer_.say(chunk_bytes(chunk::Release{UINT32_MAX, 1}));
  expect_link_up();
}

TEST_F(HostilePeer, MaySayAnythingOfAStreamThatHasEnded) {
  const Bytes nonsense = data_bytes(peers(9), wire::WireOffset{1, 15}, {1}) +
                         data_bytes(endpoints(9), {}, {1}) + chunk_bytes(chunk::Fin{peers(9), 1}) +
                         chunk_bytes(chunk::Credit{endpoints(9), 1}) +
                         chunk_bytes(chunk::Reset{peers(9), ResetReason::aborted});
  peer_.say(nonsense);
  expect_link_up();
  EXPECT_FALSE(endpoint_.poll());
}

TEST_F(HostilePeer, MaySayChunksOfALaterVersion) {
  for (unsigned type = 0x48; type < 0x80; ++type) {
    peer_.say(Bytes{static_cast<Byte>(type), 3, 'x', 'y', 'z'} +
              chunk_bytes(chunk::Open{type, 1, ServiceId{}}));
  }
  expect_link_up();
  EXPECT_EQ(endpoint_.stats().streams_opened, 56U);
}

TEST_F(HostilePeer, MayNotSayChunksThatThisVersionDoesNotHave) {
  for (unsigned type = 0; type < 0x40; ++type) {
    if (type >= 1 && type <= 5) continue;
    peer_.say(Bytes{static_cast<Byte>(type), 0, 0, 0, 0, 0});
    EXPECT_FALSE(endpoint_.link_up()) << type;
    expect_link_closed();
  }
}

TEST_F(HostilePeer, MayNotSendAChunkThatIsCutShort) {
  const Bytes open = chunk_bytes(chunk::Open{300, 1, ServiceId{300}});
  for (std::size_t length = 1; length < open.size(); ++length) {
    peer_.say(Bytes(open.begin(), open.begin() + static_cast<long>(length)));
    expect_link_closed();
  }
}

TEST_F(HostilePeer, DoesNothingWithAFrameAPartOfWhichIsMalformed) {
  peer_.say(chunk_bytes(chunk::Open{0, 1, ServiceId{}}) + Bytes{0x3F});
  EXPECT_EQ(endpoint_.stats().streams_opened, 0U);
  expect_link_closed();
}

TEST_F(HostilePeer, GainsNothingByCreditBeyondAllReason) {
  const StreamId id = endpoint_.open(ServiceId{}, peer_.now()).value();
  for (std::uint32_t limit = 0; limit < 1'000'000; limit += 0x7FFF) {
    peer_.say(chunk_bytes(chunk::Credit{endpoints(0), limit & 0xFFFFU}));
  }
  EXPECT_LE(endpoint_.write(id, Bytes(1 << 20), peer_.now()).value(), limits::kSendBuffer);
  expect_link_up();
}

TEST_F(HostilePeer, MaySkipNumbersByTheMillion) {
  for (int i = 0; i < 1000; ++i) {
    peer_.skip_numbers(1'000'000);
    peer_.say({}, std::nullopt, true);
  }
  peer_.run_for(50ms);
  EXPECT_TRUE(endpoint_.link_up());
  EXPECT_TRUE(peer_.heard().back().ack);
}

TEST_F(HostilePeer, GainsNothingBySayingAFrameTwice) {
  peer_.say(chunk_bytes(chunk::Open{0, 1, ServiceId{}}));
  peer_.repeat_last();
  EXPECT_EQ(endpoint_.stats().frames_duplicate, 1U);
  EXPECT_EQ(endpoint_.stats().streams_opened, 1U);
  expect_link_up();
}

TEST_F(HostilePeer, MakesTheEndpointHoldNoMoreThanItsTablesByAMillionOpenings) {
  const std::size_t before = memory_in_use();
  std::size_t events = 0;
  for (std::uint32_t i = 0; i < 1'000'000; ++i) {
    open(i % 16384, 1);
    while (endpoint_.poll()) ++events;
    if (i % 1000 == 0) peer_.run_for(1ms);
    if (i % 1000 == 0) peer_.acknowledge();
    peer_.forget_heard();
  }
  EXPECT_TRUE(endpoint_.link_up());
  EXPECT_EQ(endpoint_.stats().streams_now, 16384U);
  EXPECT_EQ(events, 16384U);
  EXPECT_LT(memory_in_use() - before, 16384U * 1024);
}

TEST_F(HostilePeer, MakesTheEndpointHoldNothingByAMillionOpeningsAndResets) {
  const std::size_t before = memory_in_use();
  std::uint32_t opened = 0;
  for (int round = 0; round < 4000; ++round) {
    for (std::uint32_t index = 0; index < 250; ++index, ++opened) {
      peer_.say(chunk_bytes(chunk::Open{index, static_cast<std::uint8_t>(round), ServiceId{}}) +
                chunk_bytes(chunk::Reset{peers(index), ResetReason::aborted}));
      while (endpoint_.poll()) {
      }
    }
    peer_.run_for(5ms);
    peer_.acknowledge();
    peer_.forget_heard();
  }
  EXPECT_TRUE(endpoint_.link_up());
  EXPECT_EQ(opened, 1'000'000U);
  EXPECT_EQ(endpoint_.stats().streams_now, 0U);
  EXPECT_LT(memory_in_use() - before, 4U << 20);
}

TEST_F(HostilePeer, CannotMakeSendBuffersGrowBeyondTheirSumByReadingNothing) {
  const Bytes plenty(limits::kSendBuffer, 'x');
  constexpr std::size_t kStreams = 1000;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < kStreams; ++i) {
    taken += endpoint_.write(endpoint_.open(ServiceId{}, peer_.now()).value(), plenty, peer_.now()).value();
  }
  EXPECT_EQ(endpoint_.stats().send_buffer_bytes, taken);
  EXPECT_GE(taken, limits::kSendBufferSum);
  EXPECT_LE(taken, limits::kSendBufferSum + limits::kSendBuffer + kStreams * limits::kSendBufferFloor);
}

TEST_F(HostilePeer, CannotMakeFramesPileUpByNeverAcknowledging) {
  for (int i = 0; i < 50'000; ++i) {
    peer_.say({}, std::nullopt, true);
    peer_.run_for(1ms);
    peer_.forget_heard();
    if (!endpoint_.link_up()) break;
    ASSERT_LE(endpoint_.stats().frames_in_flight, 2 * limits::kMaxFramesInFlight) << i;
  }
}

TEST_F(HostilePeer, CannotMakeFramesPileUpBySayingNothingOfThem) {
  for (int i = 0; i < 50'000; ++i) {
    wire::Ack ack = peer_.ack_all();
    ack.more = true;
    peer_.say({}, ack, true);
    peer_.run_for(1ms);
    peer_.forget_heard();
    if (!endpoint_.link_up()) break;
    ASSERT_LE(endpoint_.stats().frames_in_flight, 2 * limits::kMaxFramesInFlight) << i;
  }
}

TEST_F(HostilePeer, CannotMakeEventsPileUpByStartingAnewAgainAndAgain) {
  for (std::uint64_t i = 1; i < 10'000; ++i) {
    peer_.hello.session = SessionId{i};
    peer_.say_hello();
  }
  std::size_t events = 0;
  while (endpoint_.poll()) ++events;
  EXPECT_LE(events, limits::kMaxLineEvents);
}

TEST(HostileHello, MayAllowNoStreamsAndNoCredit) {
  Endpoint endpoint(EndpointConfig{.role = Role::server, .nominal_rate = 1'000'000}, Entropy{1});
  FakePeer peer(endpoint);
  peer.hello.max_streams = 0;
  ASSERT_TRUE(peer.connect());
  EXPECT_EQ(endpoint.open(ServiceId{}, peer.now()), std::unexpected(StreamError::too_many_streams));
}

TEST(HostileHello, MayGiveNoCreditAtFirst) {
  Endpoint endpoint(EndpointConfig{.role = Role::server, .nominal_rate = 1'000'000}, Entropy{1});
  FakePeer peer(endpoint);
  peer.hello.initial_credit = 0;
  ASSERT_TRUE(peer.connect());
  const StreamId id = endpoint.open(ServiceId{}, peer.now()).value();
  ASSERT_EQ(endpoint.write(id, Bytes(10), peer.now()), 10U);
  peer.run_for(100ms);
  EXPECT_TRUE(peer.chunks<chunk::Data>().empty());
  peer.say(chunk_bytes(chunk::Credit{endpoints(0), 1}));
  peer.run_for(100ms);
  ASSERT_EQ(peer.chunks<chunk::Data>().size(), 1U);
}

}  // namespace
}  // namespace serialtcp::test
