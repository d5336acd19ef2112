// An Endpoint with a key: what it accepts as a frame, and how long it waits for one.
#include <gtest/gtest.h>

#include <array>

#include "fake_peer.h"

namespace serialtcp::test {
namespace {

using namespace std::chrono_literals;
namespace chunk = wire::chunk;

EndpointConfig with_key(Role role) {
  std::array<Byte, Key::kSize> bytes{};
  bytes[0] = 1;
  EndpointConfig config{.role = role, .nominal_rate = 1'000'000};
  config.key = Key(bytes);
  return config;
}

class SealedEndpoint : public testing::Test {
 protected:
  SealedEndpoint() { EXPECT_TRUE(peer_.connect()); }

  void open(std::uint32_t index) { peer_.say(chunk_bytes(chunk::Open{index, 1, ServiceId{}})); }
  std::uint64_t opened() const { return endpoint_.stats().streams_opened; }

  Endpoint endpoint_{with_key(Role::server), Entropy{1}};
  FakePeer peer_{endpoint_, Time{} + 1h, with_key(Role::server).key};
};

TEST_F(SealedEndpoint, TakesFramesThatAreSealed) {
  open(0);
  EXPECT_EQ(opened(), 1U);
  peer_.run_for(10ms);
  peer_.acknowledge();
  EXPECT_TRUE(endpoint_.link_up());
  EXPECT_FALSE(peer_.heard().empty());
  EXPECT_EQ(peer_.unreadable_heard(), 0U);
}

TEST_F(SealedEndpoint, TakesNoFrameThatIsNotSealedHoweverCorrectItIs) {
  open(0);
  peer_.lose_keys();
  // Long enough for a seal.
  const Bytes data = data_bytes({0, wire::OpenedBy::sender}, wire::WireOffset{0, 15}, Bytes(50));
  peer_.say(chunk_bytes(chunk::Open{1, 1, ServiceId{}}) + data);
  peer_.say(chunk_bytes(chunk::Leave{}) + data);
  EXPECT_EQ(endpoint_.stats().payload_bytes_received, 0U);
  EXPECT_EQ(opened(), 1U);
  EXPECT_TRUE(endpoint_.link_up());
}

TEST_F(SealedEndpoint, LeavesAPeerThatBreaksTheProtocolAndTakesItBack) {
  peer_.say({0x07, 0x3F});
  EXPECT_FALSE(endpoint_.link_up());
  peer_.run_for(10ms);
  EXPECT_TRUE(peer_.connect());
  open(0);
  EXPECT_EQ(opened(), 1U);
}

/// What the endpoint sends now.
Bytes said(Endpoint& endpoint, Time now) {
  Bytes bytes(4096);
  bytes.resize(endpoint.transmit(bytes, now));
  return bytes;
}

/// Whether an answer that arrived this late, and was used, gave a link to its sender.
bool is_of_use_after(Duration late) {
  const Time start = Time{} + 1h;
  Endpoint asks(with_key(Role::server), Entropy{1});
  Endpoint answers(with_key(Role::client), Entropy{2});
  answers.feed(said(asks, start), start);
  const Bytes answer = said(answers, start);
  asks.feed(answer, start + late);
  EXPECT_TRUE(asks.link_up());
  answers.feed(said(asks, start + late), start + late);
  return answers.link_up();
}

TEST(SealedOffer, IsKeptForTenSeconds) {
  EXPECT_TRUE(is_of_use_after(9s));
  EXPECT_FALSE(is_of_use_after(11s));
}

}  // namespace
}  // namespace serialtcp::test
