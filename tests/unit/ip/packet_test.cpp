// Headers as views, and checksums: examples of the RFCs, and packets that are cut off or lie about their sizes.
#include "ip/packet.h"

#include <gtest/gtest.h>

#include "base/prng.h"
#include "hex.h"
#include "ip/checksum.h"
#include "ip/packets.h"

namespace serialtcp::ip {
namespace {

using test::from_hex;
using test::kDevice;
using test::kServer;
using test::v6_address;

TEST(IpChecksum, IsThatOfRfc1071) {
  // Section 3: 0001 f203 f4f5 f6f7 sum to ddf2.
  EXPECT_EQ(Checksum().add(from_hex("0001f203f4f5f6f7")).folded(), 0xDDF2);
  EXPECT_EQ(Checksum().add(from_hex("0001f203f4f5f6f7")).value(), 0x220D);
  EXPECT_EQ(Checksum().add(from_hex("0001f2")).folded(), 0xF201);
}

TEST(IpChecksum, AnUpdateIsThatOfRfc1624) {
  // Section 4: the checksum dd2f, a word 5555 that becomes 3285, gives 0000 and not ffff.
  EXPECT_EQ(updated_checksum(0xDD2F, 0x5555, 0x3285), 0x0000);
}

TEST(IpChecksum, AnUpdateIsAsGoodAsASumOfAll) {
  base::Prng random(1);
  for (int round = 0; round < 10'000; ++round) {
    Bytes bytes(20);
    for (Byte& byte : bytes) byte = static_cast<Byte>(random.next());
    const std::size_t at = 2 * random.below(10);
    const std::uint16_t before = Checksum().add(bytes).value(), old_word = get16(bytes, at);
    const auto word = static_cast<std::uint16_t>(random.next());
    put16(bytes, at, word);
    ASSERT_EQ(updated_checksum(before, old_word, word), Checksum().add(bytes).value()) << round;
  }
}

TEST(IpPacket, ReadsAnIpv4Header) {
  // A UDP packet from 192.168.0.1 to 192.168.0.199, as in many textbooks (checksum b861).
  const Bytes bytes = from_hex("45000073000040004011b861c0a80001c0a800c7" + std::string(2 * 95, '0'));
  const auto packet = parse(bytes);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->version, 4);
  EXPECT_EQ(packet->protocol, protocol::kUdp);
  EXPECT_EQ(packet->hop_limit, 64);
  EXPECT_EQ(packet->source, Address::v4(0xC0A80001));
  EXPECT_EQ(packet->destination.v4(), 0xC0A800C7);
  EXPECT_EQ(packet->payload.size(), 95U);
  EXPECT_FALSE(packet->is_fragment);
}

TEST(IpPacket, RefusesWhatIsDamaged) {
  const Bytes good = test::udp_packet(kDevice, kServer, 1, 2, 30);
  ASSERT_TRUE(parse(good));
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(parse(ByteView(good).first(size))) << size;
  for (std::size_t bit = 0; bit < 8 * kIpv4Header; ++bit) {
    if (bit == 5) continue;  // makes it IPv6, whose header has no checksum
    Bytes damaged = good;
    damaged[bit / 8] ^= static_cast<Byte>(1U << bit % 8);
    EXPECT_FALSE(parse(damaged)) << bit;
  }
  Bytes short_header = good;
  short_header[0] = 0x44;
  put16(short_header, 10, 0);
  put16(short_header, 10, Checksum().add(ByteView(short_header).first(16)).value());
  EXPECT_FALSE(parse(short_header));
}

TEST(IpPacket, LeavesPaddingOut) {
  Bytes bytes = test::udp_packet(kDevice, kServer, 1, 2, 3);
  const std::size_t size = bytes.size();
  bytes.resize(46, 0);
  EXPECT_EQ(parse(bytes)->bytes.size(), size);
  Bytes six = test::udp_packet(v6_address(1), v6_address(2), 1, 2, 3);
  const std::size_t size_of_six = six.size();
  six.resize(80, 0);
  EXPECT_EQ(parse(six)->bytes.size(), size_of_six);
}

TEST(IpPacket, ReadsTcpUdpAndIcmp) {
  const Bytes tcp = test::tcp_packet(
      kDevice, kServer, {.sequence = 7, .acknowledgement = 9, .flags = 0x18, .options = Bytes(8, 1)}, "text");
  const auto packet = parse(tcp);
  const auto fields = tcp_of(*packet);
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->sequence, 7U);
  EXPECT_EQ(fields->acknowledgement, 9U);
  EXPECT_EQ(fields->flags, tcp_flag::kPsh | tcp_flag::kAck);
  EXPECT_EQ(fields->header, 28U);
  EXPECT_EQ(fields->data.size(), 4U);
  EXPECT_FALSE(udp_of(*packet));
  EXPECT_FALSE(icmp_of(*packet));

  const Bytes udp = test::udp_packet(v6_address(1), v6_address(2), 53, 1053, 17);
  EXPECT_EQ(udp_of(*parse(udp))->destination_port, 1053);
  EXPECT_EQ(udp_of(*parse(udp))->data.size(), 17U);
  const Bytes echo = test::icmp_packet(kDevice, kServer, 8, 0, "ping");
  EXPECT_EQ(icmp_of(*parse(echo))->rest, 0x12340001U);
}

TEST(IpPacket, AHeaderOfTcpThatIsLongerThanTheDataIsNone) {
  Bytes payload = test::tcp_payload({}, "abc");
  payload[12] = 0x60;
  EXPECT_FALSE(tcp_of(*parse(make_datagram({kDevice, kServer, protocol::kTcp}, payload))));
  payload[12] = 0x40;
  EXPECT_FALSE(tcp_of(*parse(make_datagram({kDevice, kServer, protocol::kTcp}, payload))));
}

TEST(IpPacket, KnowsRightChecksums) {
  const Address six = v6_address(1), other = v6_address(2);
  for (Bytes bytes :
       {test::tcp_packet(kDevice, kServer, {}, "odd"), test::udp_packet(kDevice, kServer, 1, 2, 5),
        test::icmp_packet(kDevice, kServer, 8, 0, "x"), test::tcp_packet(six, other, {}, "odd"),
        test::udp_packet(six, other, 1, 2, 5), test::icmp_packet(six, other, 128, 0, "x")}) {
    EXPECT_TRUE(has_right_checksum(*parse(bytes)));
    bytes.back() ^= 4;
    EXPECT_FALSE(has_right_checksum(*parse(bytes)));
  }
}

TEST(IpPacket, AUdpChecksumOfNothingIsRightInIpv4Only) {
  Bytes four = test::udp_packet(kDevice, kServer, 1, 2, 5);
  put16(four, kIpv4Header + 6, 0);
  EXPECT_TRUE(has_right_checksum(*parse(four)));
  Bytes six = test::udp_packet(v6_address(1), v6_address(2), 1, 2, 5);
  put16(six, kIpv6Header + 6, 0);
  EXPECT_FALSE(has_right_checksum(*parse(six)));
}

TEST(IpPacket, AUdpChecksumIsNeverSentAsNone) {
  // Data whose sum is FFFF with the rest of the packet: the value would be 0.
  Bytes payload(kUdpHeader + 2, 0);
  put16(payload, 4, static_cast<std::uint16_t>(payload.size()));
  const Bytes with_zero = make_datagram({kDevice, kServer, protocol::kUdp}, payload);
  put16(payload, kUdpHeader, get16(with_zero, kIpv4Header + 6));
  const Bytes bytes = make_datagram({kDevice, kServer, protocol::kUdp}, payload);
  EXPECT_EQ(get16(bytes, kIpv4Header + 6), 0xFFFF);
  EXPECT_TRUE(has_right_checksum(*parse(bytes)));
}

TEST(IpPacket, AFragmentHasNoHeaderOfItsProtocol) {
  Bytes bytes = test::udp_packet(kDevice, kServer, 1, 2, 16);
  put16(bytes, 6, 0x2000);
  bytes = test::with_header_checksum(bytes);
  EXPECT_TRUE(parse(bytes)->is_fragment);
  EXPECT_TRUE(udp_of(*parse(bytes)));
  put16(bytes, 6, 0x0003);
  bytes = test::with_header_checksum(bytes);
  EXPECT_TRUE(parse(bytes)->is_later_fragment);
  EXPECT_FALSE(udp_of(*parse(bytes)));
  EXPECT_FALSE(has_right_checksum(*parse(bytes)));
}

/// A UDP packet behind extension headers.
Bytes extended(std::string_view extensions, Byte first, std::uint8_t last_place) {
  Bytes payload = from_hex(extensions);
  payload[last_place] = protocol::kUdp;
  Bytes udp(kUdpHeader, 0);
  udp[3] = 53;
  udp[5] = kUdpHeader;
  payload.insert(payload.end(), udp.begin(), udp.end());
  return make_datagram({v6_address(1), v6_address(2), first}, payload);
}

TEST(IpPacket, SkipsExtensionHeaders) {
  const Bytes with_hop = extended("0000050200000100", 0, 0);
  const auto hop = parse(with_hop);
  ASSERT_TRUE(hop);
  EXPECT_EQ(udp_of(*hop)->destination_port, 53);
  EXPECT_EQ(hop->header, kIpv6Header + 8);

  const Bytes with_two = extended(
      "3c000502000001000001000000000000"
      "0000000000000000",
      0, 8);
  const auto two = parse(with_two);
  ASSERT_TRUE(two);
  EXPECT_EQ(udp_of(*two)->destination_port, 53);

  const Bytes with_fragment = extended("1100000112345678", 44, 0);
  const auto fragment = parse(with_fragment);
  ASSERT_TRUE(fragment);
  EXPECT_TRUE(fragment->is_fragment);
  EXPECT_TRUE(udp_of(*fragment));
  const Bytes with_later = extended("1100000812345678", 44, 0);
  const auto later = parse(with_later);
  ASSERT_TRUE(later);
  EXPECT_FALSE(udp_of(*later));
}

TEST(IpPacket, EndlessOrCutOffExtensionHeadersAreRefused) {
  std::string chain;
  for (unsigned i = 0; i <= kMaxExtensions; ++i) chain += "3c00010400000000";
  EXPECT_FALSE(parse(make_datagram({v6_address(1), v6_address(2), 60}, from_hex(chain))));
  EXPECT_FALSE(parse(make_datagram({v6_address(1), v6_address(2), 60}, from_hex("11ff010400000000"))));
  EXPECT_FALSE(parse(make_datagram({v6_address(1), v6_address(2), 60}, from_hex("11"))));
}

TEST(IpPacket, AnIpv4AddressInIpv6IsTheSameAddress) {
  const Address mapped = Address::v6(from_hex("00000000000000000000ffff7f000001"));
  EXPECT_EQ(mapped, Address::v4(0x7F000001));
}

}  // namespace
}  // namespace serialtcp::ip
