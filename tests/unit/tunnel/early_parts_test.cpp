// Parts of a frame that is still arriving: each is delivered as soon as its check value has proven it, and nothing else is.
#include <gtest/gtest.h>

#include "fake_peer.h"

namespace serialtcp::test {
namespace {

using namespace std::chrono_literals;
namespace chunk = wire::chunk;

constexpr wire::WireStream kPeers{0, wire::OpenedBy::sender};
constexpr std::size_t kPart = 128;
// Of a frame with one divided DATA: end of frame before it, header, PARTS, head of the DATA with a short offset.
constexpr std::size_t kBefore = 2 + 5 + 3 + 3;

/// No byte of it is coded as two.
Bytes pattern(std::size_t size, std::size_t from = 0) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<Byte>(0x20 + (from + i) * 7 / 3 % 0x50);
  return bytes;
}

wire::WireOffset at(std::size_t offset) {
  return {static_cast<std::uint32_t>(offset), wire::kShortOffsetBits};
}

class EarlyPartsTest : public testing::Test {
 protected:
  EarlyPartsTest() {
    peer_.hello.features = wire::Features{wire::Feature::parts, wire::Feature::letter};
    connect();
  }

  void connect() {
    EXPECT_TRUE(peer_.connect());
    peer_.listen();
    peer_.acknowledge();
    peer_.say(chunk_bytes(chunk::Open{0, 1, ServiceId{}}));
    take_stream();
    peer_.run_for(5ms);
    peer_.forget_heard();
  }
  void take_stream() {
    while (const auto event = endpoint_.poll()) {
      if (const auto* const opened = std::get_if<event::Opened>(&*event)) stream_ = opened->stream;
    }
  }
  Bytes read() {
    Bytes bytes(64 * 1024);
    bytes.resize(endpoint_.read(stream_, bytes, peer_.now()).value().count);
    return bytes;
  }
  /// The next frame, in which so many bytes of the stream are in parts.
  Bytes frame(std::size_t bytes, std::size_t from = 0) {
    return peer_.on_wire(peer_.divided({}, kPeers, at(from), pattern(bytes, from), kPart));
  }
  void expect_link_closed() {
    EXPECT_FALSE(endpoint_.link_up());
    EXPECT_EQ(last_reason_of_down(endpoint_), LinkDownReason::peer_broke_protocol);
  }

  Endpoint endpoint_{EndpointConfig{.role = Role::server, .nominal_rate = 100'000}, Entropy{1}};
  FakePeer peer_{endpoint_};
  StreamId stream_;
};

TEST_F(EarlyPartsTest, AreDeliveredWithTheLastByteOfTheirCheckValue) {
  const Bytes wire = frame(3 * kPart + 50);
  std::size_t fed = 0;
  const auto feed_up_to = [&](std::size_t count) {
    for (; fed < count; ++fed) peer_.feed(ByteView(wire).subspan(fed, 1));
  };
  Bytes all;
  for (std::size_t part = 0; part < 3; ++part) {
    const std::size_t end = kBefore + (part + 1) * (kPart + wire::kCheckSize);
    // A byte of a check value may be coded as two.
    feed_up_to(end - wire::kCheckSize);
    EXPECT_EQ(read(), Bytes());
    while (all.size() < (part + 1) * kPart && fed < end + 4) {
      feed_up_to(fed + 1);
      all = all + read();
    }
    EXPECT_EQ(all, pattern((part + 1) * kPart)) << part;
  }
  EXPECT_EQ(endpoint_.stats().parts_received, 3U);
  feed_up_to(wire.size());
  EXPECT_EQ(all + read(), pattern(3 * kPart + 50)) << "each byte once";
}

TEST_F(EarlyPartsTest, AreNotNeededWhenTheFrameArrivesAtOnce) {
  for (const std::size_t bytes : {std::size_t{1}, kPart - 1, kPart, kPart + 1, 3 * kPart, 20 * kPart + 7}) {
    static std::size_t from = 0;
    peer_.feed(frame(bytes, from));
    EXPECT_EQ(read(), pattern(bytes, from)) << bytes;
    from += bytes;
  }
  EXPECT_EQ(endpoint_.stats().frames_damaged, 0U);
}

TEST_F(EarlyPartsTest, AreKeptWhenTheRestIsDamaged) {
  Bytes wire = frame(4 * kPart);
  wire[kBefore + 2 * (kPart + wire::kCheckSize) + 9] ^= 0x3;
  wire[kBefore + 3 * (kPart + wire::kCheckSize) + 9] ^= 0x3;  // two errors are not repaired
  for (const Byte& byte : wire) peer_.feed(ByteView(&byte, 1));
  EXPECT_EQ(read(), pattern(2 * kPart));
  EXPECT_EQ(endpoint_.stats().frames_damaged, 1U);
  peer_.run_for(5ms);
  ASSERT_FALSE(peer_.heard().empty());
  ASSERT_TRUE(peer_.heard().back().ack);
  EXPECT_EQ(peer_.heard().back().ack->largest, peer_.last_number() - 1) << "nothing of it is acknowledged";
  // All of it is retransmitted in a frame without parts, and each byte is read once.
  peer_.say(data_bytes(kPeers, at(0), pattern(4 * kPart)));
  EXPECT_EQ(read(), pattern(4 * kPart - 2 * kPart, 2 * kPart));
}

TEST_F(EarlyPartsTest, AreNotDeliveredWhenTheirOwnBytesAreDamaged) {
  for (const std::size_t damaged : {std::size_t{3}, std::size_t{8}, kBefore + 5, kBefore + kPart + 1}) {
    Bytes wire = frame(3 * kPart);
    wire[damaged] ^= 0x01;
    for (const Byte& byte : ByteView(wire).first(wire.size() - 6)) peer_.feed(ByteView(&byte, 1));
    EXPECT_EQ(read(), Bytes()) << damaged;
    peer_.feed(Bytes{wire::kEscape, wire::kEndPlain});
  }
  EXPECT_EQ(endpoint_.stats().parts_received, 0U);
}

TEST_F(EarlyPartsTest, AreOfOneFrameOnly) {
  const Bytes first = frame(2 * kPart);
  peer_.feed(first);
  EXPECT_EQ(read(), pattern(2 * kPart));
  // The same again: it has a number that was received before.
  for (const Byte& byte : first) peer_.feed(ByteView(&byte, 1));
  EXPECT_EQ(endpoint_.stats().parts_received, 0U);
  EXPECT_EQ(read(), Bytes());
}

TEST_F(EarlyPartsTest, OfAStreamThatTheFrameOpensWaitForItsEnd) {
  const Bytes open = chunk_bytes(chunk::Open{1, 1, ServiceId{}});
  const Bytes wire =
      peer_.on_wire(peer_.divided(open, {1, wire::OpenedBy::sender}, at(0), pattern(3 * kPart), kPart));
  for (const Byte& byte : ByteView(wire).first(wire.size() - 1)) peer_.feed(ByteView(&byte, 1));
  EXPECT_EQ(endpoint_.stats().streams_now, 1U);
  peer_.feed(ByteView(wire).last(1));
  take_stream();
  EXPECT_EQ(read(), pattern(3 * kPart));
}

TEST_F(EarlyPartsTest, DoNotMakeAFrameOfTheOneThatEndsTooEarly) {
  const Bytes wire = frame(3 * kPart);
  peer_.feed(ByteView(wire).first(kBefore + kPart));
  std::size_t fed = kBefore + kPart;
  while (read().empty() && fed < wire.size()) peer_.feed(ByteView(wire).subspan(fed++, 1));
  EXPECT_EQ(endpoint_.stats().parts_received, 1U);
  const std::uint64_t received = endpoint_.stats().frames_received;
  peer_.feed(Bytes{wire::kEscape, wire::kEndPlain});
  EXPECT_EQ(endpoint_.stats().frames_received, received);
  EXPECT_EQ(endpoint_.stats().frames_damaged, 1U);
}

TEST_F(EarlyPartsTest, AreRepairedWithTheirFrame) {
  peer_.damage_next(5 + 3 + 3 + kPart + 40, 0x10);
  const Bytes wire = frame(3 * kPart);
  for (const Byte& byte : wire) peer_.feed(ByteView(&byte, 1));
  const Bytes early = read();
  EXPECT_EQ(early, pattern(kPart));
  const auto damaged = static_cast<std::uint16_t>(peer_.last_number());
  peer_.run_for(2ms);
  ASSERT_EQ(peer_.chunks<chunk::Candidate>().size(), 1U);
  EXPECT_EQ(peer_.chunks<chunk::Candidate>()[0].fingerprint, peer_.last_fingerprint());
  peer_.say(chunk_bytes(chunk::Confirmed{damaged}));
  EXPECT_EQ(early + read(), pattern(3 * kPart));
}

TEST_F(EarlyPartsTest, MayNotGoBeyondTheCredit) {
  // And what packed data may have beyond it.
  const std::size_t most = limits::kInitialCredit + limits::kInitialCredit / limits::kPackedAllowanceShare +
                           limits::kPackedAllowance;
  const std::size_t from = most - kPart;
  const Bytes wire = frame(3 * kPart, from);
  for (const Byte& byte : ByteView(wire).first(wire.size() - 1)) {
    peer_.feed(ByteView(&byte, 1));
    if (!endpoint_.link_up()) break;
  }
  expect_link_closed();
}

TEST_F(EarlyPartsTest, HaveARestThatIsNotLongerThanThey) {
  Bytes body = peer_.divided({}, kPeers, at(0), pattern(2 * kPart), kPart);
  body.push_back(0);
  peer_.say_raw(body, wire::FrameEnd::plain);
  expect_link_closed();
}

TEST_F(EarlyPartsTest, OfAPeerThatDoesNotKnowThemAreNotLookedFor) {
  peer_.hello.features = wire::Features{};
  peer_.hello.session.value += 1;
  connect();
  const Bytes wire = frame(3 * kPart);
  for (const Byte& byte : ByteView(wire).first(wire.size() - 1)) peer_.feed(ByteView(&byte, 1));
  EXPECT_EQ(endpoint_.stats().parts_received, 0U);
}

// ---- The endpoint as the sender ----

class DividedBulk : public EarlyPartsTest {
 protected:
  /// What the endpoint's frames say while it sends so many bytes.
  std::vector<chunk::Data> send(std::size_t bytes) {
    const StreamId id = endpoint_.open(ServiceId{}, peer_.now()).value();
    EXPECT_EQ(endpoint_.write(id, pattern(bytes), peer_.now()).value(), bytes);
    for (int i = 0; i < 50; ++i) {
      peer_.run_for(10ms);
      peer_.acknowledge();
    }
    return peer_.chunks<chunk::Data>();
  }
};

TEST_F(DividedBulk, HasPartsWithOffsets) {
  std::size_t divided = 0;
  for (const chunk::Data& data : send(limits::kInitialCredit)) {
    if (data.part == 0) continue;
    ++divided;
    EXPECT_TRUE(data.offset);
    EXPECT_GT(data.bytes.size(), data.part);
  }
  EXPECT_GT(divided, 0U);
}

TEST_F(DividedBulk, IsWholeForAPeerThatDoesNotKnowParts) {
  peer_.hello.features = wire::Features{};
  peer_.hello.session.value += 1;
  connect();
  for (const chunk::Data& data : send(limits::kInitialCredit)) EXPECT_EQ(data.part, 0U);
}

}  // namespace
}  // namespace serialtcp::test
