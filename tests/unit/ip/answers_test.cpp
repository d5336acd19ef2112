// What a gateway answers, and to what it must not answer.
#include "ip/answers.h"

#include <gtest/gtest.h>

#include "ip/packets.h"

namespace serialtcp::ip {
namespace {

using test::icmp_packet;
using test::kDevice;
using test::kHost;
using test::kServer;
using test::tcp_packet;
using test::udp_packet;
using test::v6_address;

const Address kDevice6 = v6_address(15), kHost6 = v6_address(2), kServer6 = v6_address(99);

/// The bytes of an answer with what parse() finds in it, which is checked to be right.
struct Answer {
  explicit Answer(std::optional<Bytes> made) : bytes(made.value_or(Bytes{})) {
    const auto parsed = parse(bytes);
    EXPECT_TRUE(parsed);
    if (!parsed) return;
    packet = *parsed;
    EXPECT_TRUE(has_right_checksum(packet));
    EXPECT_EQ(packet.bytes.size(), bytes.size());
  }
  Bytes bytes;
  Packet packet = {};
};

template <typename Function, typename... More>
std::optional<Bytes> answer(Function function, const Bytes& request, const More&... more) {
  const auto packet = parse(request);
  EXPECT_TRUE(packet);
  return function(*packet, more...);
}

TEST(IpAnswers, AnEchoIsAnsweredWithItsData) {
  const Answer four(answer(echo_reply, icmp_packet(kDevice, kHost, 8, 0, "0123456789a")));
  EXPECT_EQ(four.packet.source, kHost);
  EXPECT_EQ(four.packet.destination, kDevice);
  const auto icmp = icmp_of(four.packet);
  EXPECT_EQ(icmp->type, 0);
  EXPECT_EQ(icmp->rest, 0x12340001U);
  EXPECT_EQ(std::string(icmp->data.begin(), icmp->data.end()), "0123456789a");

  const Answer six(answer(echo_reply, icmp_packet(kDevice6, kHost6, 128, 0, "abc")));
  EXPECT_EQ(six.packet.source, kHost6);
  EXPECT_EQ(icmp_of(six.packet)->type, 129);
  EXPECT_EQ(icmp_of(six.packet)->data.size(), 3U);
}

TEST(IpAnswers, WhatIsNoEchoGetsNoReply) {
  EXPECT_FALSE(answer(echo_reply, icmp_packet(kDevice, kHost, 0, 0, "x")));
  EXPECT_FALSE(answer(echo_reply, icmp_packet(kDevice, kHost, 8, 1, "x")));
  EXPECT_FALSE(answer(echo_reply, icmp_packet(kDevice6, kHost6, 8, 0, "x")));
  EXPECT_FALSE(answer(echo_reply, icmp_packet(kDevice, kHost, 128, 0, "x")));
  EXPECT_FALSE(answer(echo_reply, udp_packet(kDevice, kHost, 8, 8, 9)));
  EXPECT_FALSE(answer(echo_reply, icmp_packet(kDevice, Address::v4(0xE0000001), 8, 0, "x")));
  EXPECT_FALSE(answer(echo_reply, icmp_packet(Address::v4(0), kHost, 8, 0, "x")));
  Bytes damaged = icmp_packet(kDevice, kHost, 8, 0, "x");
  damaged.back() ^= 1;
  EXPECT_FALSE(answer(echo_reply, damaged));
}

TEST(IpAnswers, AProhibitedDatagramIsQuotedUpToItsPorts) {
  const Bytes refused = udp_packet(kDevice, kServer, 1234, 53, 100);
  const Answer four(answer(prohibited, refused, kHost));
  EXPECT_EQ(four.packet.source, kHost);
  EXPECT_EQ(four.packet.destination, kDevice);
  const auto icmp = icmp_of(four.packet);
  EXPECT_EQ(icmp->type, 3);
  EXPECT_EQ(icmp->code, 13);
  EXPECT_TRUE(std::ranges::equal(icmp->data, ByteView(refused).first(28)));

  const Answer six(answer(prohibited, udp_packet(kDevice6, kServer6, 1234, 53, 1400), kHost6));
  EXPECT_EQ(icmp_of(six.packet)->type, 1);
  EXPECT_EQ(icmp_of(six.packet)->code, 1);
  EXPECT_EQ(six.bytes.size(), kMaxErrorV6);
}

TEST(IpAnswers, TooBigSaysWhatWouldPass) {
  const Answer four(answer(too_big, udp_packet(kDevice, kServer, 1, 2, 1000), kHost, 576U));
  EXPECT_EQ(icmp_of(four.packet)->type, 3);
  EXPECT_EQ(icmp_of(four.packet)->code, 4);
  EXPECT_EQ(icmp_of(four.packet)->rest, 576U);
  const Answer six(answer(too_big, udp_packet(kDevice6, kServer6, 1, 2, 1400), kHost6, 1280U));
  EXPECT_EQ(icmp_of(six.packet)->type, 2);
  EXPECT_EQ(icmp_of(six.packet)->rest, 1280U);

  Bytes may_be_fragmented = udp_packet(kDevice, kServer, 1, 2, 1000);
  put16(may_be_fragmented, 6, 0);
  EXPECT_FALSE(answer(too_big, test::with_header_checksum(may_be_fragmented), kHost, 576U));
}

TEST(IpAnswers, NoErrorIsMadeForWhatMustNotGetOne) {
  const auto none = [](const Bytes& bytes, const Address& from) {
    return !answer(prohibited, bytes, from) && !answer(too_big, bytes, from, 296U);
  };
  EXPECT_TRUE(none(icmp_packet(kDevice, kServer, 3, 1, "an error"), kHost));
  EXPECT_TRUE(none(icmp_packet(kDevice, kServer, 99, 1, "unknown"), kHost));
  EXPECT_FALSE(none(icmp_packet(kDevice, kServer, 8, 0, "a question"), kHost));
  EXPECT_TRUE(none(icmp_packet(kDevice6, kServer6, 1, 1, "an error"), kHost6));
  EXPECT_FALSE(none(icmp_packet(kDevice6, kServer6, 128, 0, "a question"), kHost6));
  EXPECT_TRUE(none(udp_packet(kDevice, Address::v4(0xE00000FB), 5353, 5353, 9), kHost));
  EXPECT_TRUE(none(udp_packet(kDevice, Address::v4(0xFFFFFFFF), 68, 67, 9), kHost));
  EXPECT_TRUE(none(udp_packet(Address::v4(0xE0000001), kServer, 1, 2, 9), kHost));
  EXPECT_TRUE(none(udp_packet(Address{}, kServer6, 1, 2, 9), kHost6));
  Address group;
  group.bytes[0] = 0xFF;
  EXPECT_TRUE(none(udp_packet(kDevice6, group, 1, 2, 9), kHost6));
  Bytes later = udp_packet(kDevice, kServer, 1, 2, 16);
  put16(later, 6, 0x4001);
  EXPECT_TRUE(none(test::with_header_checksum(later), kHost));
}

TEST(IpAnswers, ASynIsResetAsByAHostThatRefuses) {
  for (const auto& [from, to] : {std::pair(kDevice, kServer), std::pair(kDevice6, kServer6)}) {
    const Answer made(answer(reset, tcp_packet(from, to, {.sequence = 1000, .flags = tcp_flag::kSyn})));
    EXPECT_EQ(made.packet.source, to);
    EXPECT_EQ(made.packet.destination, from);
    const auto tcp = tcp_of(made.packet);
    EXPECT_EQ(tcp->source_port, 80);
    EXPECT_EQ(tcp->destination_port, 40'000);
    EXPECT_EQ(tcp->flags, tcp_flag::kRst | tcp_flag::kAck);
    EXPECT_EQ(tcp->sequence, 0U);
    EXPECT_EQ(tcp->acknowledgement, 1001U);
  }
}

TEST(IpAnswers, OtherSegmentsAreResetAsTheRfcSays) {
  const Answer with_ack(
      answer(reset, tcp_packet(kDevice, kServer, {.sequence = 5, .acknowledgement = 77}, "abc")));
  EXPECT_EQ(tcp_of(with_ack.packet)->flags, tcp_flag::kRst);
  EXPECT_EQ(tcp_of(with_ack.packet)->sequence, 77U);
  const Answer fin(
      answer(reset, tcp_packet(kDevice, kServer, {.sequence = 5, .flags = tcp_flag::kFin}, "abc")));
  EXPECT_EQ(tcp_of(fin.packet)->acknowledgement, 9U);

  EXPECT_FALSE(answer(reset, tcp_packet(kDevice, kServer, {.flags = tcp_flag::kRst})));
  EXPECT_FALSE(answer(reset, udp_packet(kDevice, kServer, 1, 2, 30)));
  Bytes damaged = tcp_packet(kDevice, kServer, {.flags = tcp_flag::kSyn});
  damaged[kIpv4Header + 1] ^= 1;
  EXPECT_FALSE(answer(reset, damaged));
}

}  // namespace
}  // namespace serialtcp::ip
