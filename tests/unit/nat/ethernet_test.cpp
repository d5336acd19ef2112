// The Ethernet around packets: questions for addresses and their answers.
#include "nat/ethernet.h"

#include <gtest/gtest.h>

#include "ip/packet.h"

namespace serialtcp::nat::ethernet {
namespace {

TEST(Ethernet, PacketsAreFramed) {
  const Bytes v4(20, 0x45), v6(40, 0x60);
  const Bytes frame = framed(v4);
  EXPECT_EQ(Bytes(packet_in(frame).begin(), packet_in(frame).end()), v4);
  EXPECT_EQ(frame[12], 0x08);
  EXPECT_EQ(framed(v6)[12], 0x86);
  EXPECT_TRUE(framed(Bytes{}).empty());
  EXPECT_TRUE(framed(Bytes(20, 0x10)).empty());
  EXPECT_TRUE(packet_in(Bytes(13)).empty());
}

TEST(Ethernet, QuestionsForIpv4AddressesAreAnswered) {
  Bytes ask(14 + 28);
  ask[12] = 0x08, ask[13] = 0x06;
  ask[14 + 7] = 1;                       // request
  ask[14 + 14] = 10, ask[14 + 17] = 2;   // asks
  ask[14 + 24] = 10, ask[14 + 27] = 15;  // is asked for
  const auto answer = resolution(ask);
  ASSERT_TRUE(answer);
  EXPECT_EQ((*answer)[14 + 7], 2);
  EXPECT_EQ((*answer)[14 + 17], 15);  // who answers
  EXPECT_EQ((*answer)[14 + 27], 2);
  EXPECT_TRUE(std::equal(kDevice.begin(), kDevice.end(), answer->begin() + 14 + 8));
  ask[14 + 7] = 2;
  EXPECT_FALSE(resolution(ask));
  EXPECT_FALSE(resolution(ByteView(ask).first(30)));
}

TEST(Ethernet, QuestionsForIpv6AddressesAreAnswered) {
  Bytes ask(14 + 40 + 24);
  ask[12] = 0x86, ask[13] = 0xDD, ask[14] = 0x60;
  ask[14 + 6] = 58;
  ask[14 + 8] = 0xFE, ask[14 + 23] = 2;
  ask[14 + 40] = 135;
  ask[14 + 48] = 0xFE, ask[14 + 63] = 15;
  const auto answer = resolution(ask);
  ASSERT_TRUE(answer);
  const auto packet = ip::parse(packet_in(*answer));
  ASSERT_TRUE(packet);
  EXPECT_TRUE(ip::has_right_checksum(*packet));
  EXPECT_EQ(packet->hop_limit, 255);
  EXPECT_EQ(packet->source.bytes[15], 15);
  EXPECT_EQ(packet->destination.bytes[15], 2);
  EXPECT_EQ(packet->payload[0], 136);
  EXPECT_FALSE(resolution(ByteView(ask).first(60)));
}

TEST(Ethernet, ARouterIsSolicitedFromTheLinkLocalAddress) {
  const Bytes frame = router_solicitation(0x1122334455667788);
  const auto packet = ip::parse(packet_in(frame));
  ASSERT_TRUE(packet);
  EXPECT_TRUE(ip::has_right_checksum(*packet));
  EXPECT_EQ(packet->source.bytes[0], 0xFE);
  EXPECT_EQ(packet->source.bytes[8], 0x11);
  EXPECT_EQ(packet->source.bytes[15], 0x88);
}

}  // namespace
}  // namespace serialtcp::nat::ethernet
