// The largest segment that a TCP wants: made smaller, with right checksums, and left alone where it has to be.
#include "ip/mss.h"

#include <gtest/gtest.h>

#include <optional>

#include "ip/big_endian.h"
#include "ip/datagram_writer.h"
#include "ip/packet.h"

namespace serialtcp::ip {
namespace {

const Address kDevice = Address::v4(0x0A00020F), kServer = Address::v4(0xC0000207);

/// A TCP header with these options, which fill words.
Bytes segment(std::uint8_t flags, const Bytes& options, const Address& from = kDevice,
              const Address& to = kServer, std::uint8_t protocol = protocol::kTcp) {
  Bytes tcp{0x12, 0x34, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, 0, flags, 0xFF, 0xFF, 0, 0, 0, 0};
  tcp[12] = static_cast<Byte>((20 + options.size()) / 4 << 4U);
  tcp.insert(tcp.end(), options.begin(), options.end());
  return make_datagram({from, to, protocol}, tcp);
}

/// The size in the option at this place behind the headers, after limit_mss(); nothing if it has changed nothing.
std::optional<int> limited(Bytes datagram, std::size_t mtu, std::size_t place) {
  const Bytes before = datagram;
  const bool changed = limit_mss(datagram, mtu);
  EXPECT_EQ(changed, datagram != before);
  const auto packet = parse(datagram);
  EXPECT_TRUE(packet && has_right_checksum(*packet));
  if (!changed) return std::nullopt;
  return get16(datagram, datagram.size() - packet->payload.size() + 20 + place);
}

TEST(Mss, IsMadeSmallEnoughForThePackets) {
  const Bytes syn = segment(tcp_flag::kSyn, {2, 4, 0x05, 0xB4});  // 1460
  EXPECT_EQ(limited(syn, 576, 2), 536);
  EXPECT_EQ(limited(syn, 296, 2), 256);
  EXPECT_EQ(limited(segment(tcp_flag::kSyn | tcp_flag::kAck, {2, 4, 0x05, 0xB4}), 576, 2), 536);
}

TEST(Mss, CanBeBehindOtherOptionsAndAtAnOddPlace) {
  EXPECT_EQ(limited(segment(tcp_flag::kSyn, {4, 2, 2, 4, 0x05, 0xB4, 1, 1}), 576, 4), 536);
  EXPECT_EQ(limited(segment(tcp_flag::kSyn, {1, 2, 4, 0x05, 0xB4, 1, 1, 1}), 576, 3), 536);
  EXPECT_EQ(limited(segment(tcp_flag::kSyn, {1, 3, 3, 7, 1, 2, 4, 0xFF, 0xFF, 0, 9, 9}), 296, 7), 256);
}

TEST(Mss, OfIpv6IsSmallerByItsLongerHeader) {
  Address from, to;
  from.bytes = {0xFD, 1};
  to.bytes = {0xFD, 2};
  EXPECT_EQ(limited(segment(tcp_flag::kSyn, {2, 4, 0x05, 0xA0}, from, to), 576, 2), 516);
}

TEST(Mss, StaysWhereItIsSmallOrMissingOrNotAgreedOn) {
  EXPECT_FALSE(limited(segment(tcp_flag::kSyn, {2, 4, 0x02, 0x18}), 576, 2)) << "536";
  EXPECT_FALSE(limited(segment(tcp_flag::kSyn, {}), 576, 2));
  EXPECT_FALSE(limited(segment(tcp_flag::kAck, {2, 4, 0x05, 0xB4}), 576, 2)) << "no SYN";
  EXPECT_FALSE(limited(segment(tcp_flag::kSyn, {2, 4, 0x05, 0xB4}), 40, 2)) << "no room for anything";
  EXPECT_FALSE(limited(segment(tcp_flag::kSyn, {0, 2, 4, 0x05, 0xB4, 0, 0, 0}), 576, 3)) << "behind the end";
}

TEST(Mss, OptionsThatAreWrongAreLeftAlone) {
  for (const Bytes& options : {Bytes{2, 0, 0x05, 0xB4}, Bytes{2, 1, 0x05, 0xB4}, Bytes{2, 5, 0x05, 0xB4},
                               Bytes{1, 1, 1, 2}, Bytes{1, 1, 2, 4}, Bytes{1, 2, 4, 5}}) {
    EXPECT_FALSE(limited(segment(tcp_flag::kSyn, options), 576, 2));
  }
}

TEST(Mss, IsNotLookedForElsewhere) {
  Bytes udp = segment(tcp_flag::kSyn, {2, 4, 0x05, 0xB4}, kDevice, kServer, protocol::kUdp);
  EXPECT_FALSE(limit_mss(udp, 576));
  Bytes fragment = segment(tcp_flag::kSyn, {2, 4, 0x05, 0xB4});
  fragment[6] = 0x20;
  set_header_checksum(MutableByteView(fragment).first(20));
  EXPECT_FALSE(limit_mss(fragment, 576));
  Bytes nothing{0x45, 0, 0};
  EXPECT_FALSE(limit_mss(nothing, 576));
}

}  // namespace
}  // namespace serialtcp::ip
