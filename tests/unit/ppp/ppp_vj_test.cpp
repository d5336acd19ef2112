// Van Jacobson header compression over PPP: whether it is used, in which direction, and that all segments arrive as they
// were, also while frames are damaged.
#include <gtest/gtest.h>

#include "ip/tcp_sessions.h"
#include "ppp/ppp_pair.h"
#include "ppp/stranger.h"

namespace serialtcp::ppp {
namespace {

using namespace test;
using serialtcp::test::from_hex;

TEST(PppVj, BothEndsUseItAndSegmentsArrive) {
  PppPair pair(gateway(), device());
  ASSERT_TRUE(pair.run_until_up(seconds(1)));
  EXPECT_TRUE(pair.a().facts().compressed_headers_sent);
  EXPECT_TRUE(pair.a().facts().compressed_headers_received);
  serialtcp::test::TcpSessions sessions(1, 10);
  std::vector<Bytes> sent;
  std::size_t bytes = 0;
  for (int i = 0; i < 2000; ++i) {
    sent.push_back(sessions.next());
    bytes += sent.back().size();
    pair.a().send(sent.back(), pair.now);
    pair.b().send(sent.back(), pair.now);
    pair.run_for(milliseconds(10));
  }
  pair.run_for(seconds(5));
  EXPECT_EQ(pair.datagrams[1], sent);
  EXPECT_EQ(pair.datagrams[0], sent);
  EXPECT_LT(pair.cable.stats().a_to_b.sent, bytes * 4 / 5);  // and without it, 5 bytes more for each
}

TEST(PppVj, NothingWrongArrivesOverABadLine) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    sim::CableConfig cable;
    cable.faults.drop = 1e-3;
    PppPair pair(gateway(), device(), cable, seed);
    ASSERT_TRUE(pair.run_until_up(seconds(60))) << seed;
    serialtcp::test::TcpSessions sessions(seed, 4);
    std::vector<Bytes> sent;
    for (int i = 0; i < 500; ++i) {
      sent.push_back(sessions.next());
      pair.a().send(sent.back(), pair.now);
      pair.run_for(milliseconds(15));
    }
    pair.run_for(seconds(1));
    EXPECT_GT(pair.datagrams[1].size(), 100U) << seed;
    for (const Bytes& one : pair.datagrams[1]) ASSERT_NE(std::ranges::find(sent, one), sent.end()) << seed;
  }
}

TEST(PppVj, IsLeftOutWhereOneEndDoesNotWantIt) {
  Config plain = device();
  plain.vj = false;
  PppPair pair(gateway(), plain);
  ASSERT_TRUE(pair.run_until_up(seconds(1)));
  EXPECT_FALSE(pair.a().facts().compressed_headers_sent);
  EXPECT_FALSE(pair.a().facts().compressed_headers_received);
  EXPECT_FALSE(pair.b().facts().compressed_headers_sent);
  serialtcp::test::TcpSessions sessions(3, 2);
  const Bytes one = sessions.next();
  pair.a().send(one, pair.now);
  pair.run_for(seconds(1));
  EXPECT_EQ(pair.datagrams[1], (std::vector<Bytes>{one}));
}

TEST(PppVj, FewSlotsAndExplicitOnesAreHonoured) {
  Stranger stranger(gateway());
  stranger.open({});
  for (const auto& [protocol, bytes] : stranger.heard()) {
    if (protocol != protocol::kIpcp) continue;
    // Option 2 is refused: this peer receives compressed headers, and sends none.
    stranger.say(protocol, make_packet(code::kConfigureReject, bytes[1], ByteView(bytes).subspan(4, 6)));
    stranger.say(protocol, make_packet(code::kConfigureRequest, 1, from_hex("0206002d000003060a00020f")));
  }
  stranger.ack_requests();
  ASSERT_TRUE(stranger.link.is_up());
  EXPECT_TRUE(stranger.link.facts().compressed_headers_sent);
  EXPECT_FALSE(stranger.link.facts().compressed_headers_received);
  serialtcp::test::TcpSessions sessions(5, 3);
  for (int i = 0; i < 100; ++i) stranger.link.send(sessions.next(), stranger.now);
  for (const auto& [protocol, bytes] : stranger.heard()) {
    if (protocol == protocol::kVjUncompressed) {
      ASSERT_EQ(bytes[9], 0) << "slot 0 alone";
    } else if (protocol == protocol::kVjCompressed) {
      ASSERT_NE(bytes[0] & 0x40, 0) << "the slot is named";
    }
  }
  // What was not agreed on is rejected.
  stranger.say(protocol::kVjCompressed, {0, 1, 2});
  const auto heard = stranger.heard();
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].second[0], code::kProtocolReject);
}

TEST(PppVj, AnUnknownCompressionIsAnsweredWithThisOne) {
  Stranger stranger(gateway());
  stranger.open({});
  stranger.heard();
  stranger.say(protocol::kIpcp, make_packet(code::kConfigureRequest, 1, from_hex("0204006103060a00020f")));
  const auto heard = stranger.heard();
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].second, make_packet(code::kConfigureNak, 1, from_hex("0206002d0f01")));
}

}  // namespace
}  // namespace serialtcp::ppp
