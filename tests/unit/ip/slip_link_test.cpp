// SLIP as a DatagramLink: what arrives, what is dropped, what is bounded.
#include "ip/slip_link.h"

#include <gtest/gtest.h>

#include <set>

#include "hex.h"
#include "ip/tcp_sessions.h"

namespace serialtcp::ip {
namespace {

using Kind = LinkReport::Kind;
using test::kDevice;
using test::kServer;

constexpr LinkAddresses kAddresses{.ours = 0x0A000202, .peers = 0x0A00020F, .mtu = 1006};

Bytes datagram_of(std::size_t size) {
  return test::udp_packet(kDevice, kServer, 1, 2, size - kIpv4Header - kUdpHeader);
}

/// Up, and that has been read.
struct SlipLinkTest : testing::Test {
  SlipLinkTest() { EXPECT_EQ(link.poll()->kind, Kind::up); }

  void line(ByteView frame) {
    Bytes bytes;
    append_slip_frame(frame, true, bytes);
    link.receive(bytes, Time{});
  }

  SlipLink link{kAddresses, SlipCompression::automatic};
};

TEST_F(SlipLinkTest, IsUpAtOnce) {
  EXPECT_TRUE(link.is_up());
  EXPECT_EQ(link.addresses().peers, kAddresses.peers);
  EXPECT_EQ(link.deadline(), kNever);
  EXPECT_FALSE(link.poll());
}

TEST_F(SlipLinkTest, DatagramsArriveAtTheOtherEnd) {
  SlipLink other(kAddresses, SlipCompression::off);
  other.poll();
  for (const std::size_t size : {28U, 500U, 1006U}) link.send(datagram_of(size), Time{});
  while (link.pending() != 0) other.receive(link.transmit(7), Time{});
  for (const std::size_t size : {28U, 500U, 1006U}) EXPECT_EQ(other.poll()->datagram, datagram_of(size));
  EXPECT_EQ(other.counters().received, 3U);
  EXPECT_EQ(other.counters().received_bytes, 1534U);
  EXPECT_EQ(other.counters().damaged, 0U);
}

TEST_F(SlipLinkTest, AnEndIsSentBeforeAFrameOnlyAfterASilence) {
  link.send(datagram_of(28), Time{});
  link.send(datagram_of(28), Time{});
  const Bytes bytes = link.transmit(1000);
  EXPECT_EQ(std::ranges::count(bytes, kSlipEnd), 3);
  EXPECT_EQ(bytes.front(), kSlipEnd);
}

TEST_F(SlipLinkTest, TransmitsNoMoreThanThereIsRoomFor) {
  link.send(datagram_of(500), Time{});
  EXPECT_EQ(link.transmit(10).size(), 10U);
  EXPECT_EQ(link.transmit(0).size(), 0U);
}

TEST_F(SlipLinkTest, WhatIsNoPacketIsCountedAndNotPassedOn) {
  line(test::from_hex("4c696e757820"));
  Bytes damaged = datagram_of(40);
  damaged[5] ^= 1;
  line(damaged);
  line(ByteView(damaged).first(30));
  line(Bytes(1501, 0x45));
  EXPECT_FALSE(link.poll());
  EXPECT_EQ(link.counters().damaged, 4U);
  line(datagram_of(40));
  EXPECT_EQ(link.poll()->datagram, datagram_of(40));
}

TEST_F(SlipLinkTest, WhatIsTooLongForThePeerIsNotSent) {
  link.send(datagram_of(1007), Time{});
  EXPECT_EQ(link.pending(), 0U);
  EXPECT_EQ(link.counters().dropped, 1U);
}

TEST_F(SlipLinkTest, HoldsABoundedNumberOfBytesAndReports) {
  for (int i = 0; i < 1000; ++i) link.send(datagram_of(1000), Time{});
  EXPECT_LE(link.pending(), SlipLink::kMaxOutbox + 2002);
  for (std::size_t i = 0; i < 2 * SlipLink::kMaxReports; ++i) line(datagram_of(40));
  std::size_t reports = 0;
  while (link.poll()) ++reports;
  EXPECT_EQ(reports, SlipLink::kMaxReports);
}

TEST_F(SlipLinkTest, AfterItIsClosedNothingArrivesAndNothingIsSent) {
  link.send(datagram_of(40), Time{});
  link.close(Time{}, "the program ends");
  EXPECT_FALSE(link.is_up());
  const auto report = link.poll();
  EXPECT_EQ(report->kind, Kind::down);
  EXPECT_EQ(report->text, "SLIP was ended: the program ends.");
  const std::size_t pending = link.pending();
  link.send(datagram_of(40), Time{});
  line(datagram_of(40));
  link.close(Time{}, "again");
  EXPECT_EQ(link.pending(), pending);
  EXPECT_FALSE(link.poll());
}

/// The datagrams that have arrived, and the texts in between.
std::vector<std::string> reports_of(SlipLink& link) {
  std::vector<std::string> reports;
  while (const auto report = link.poll()) {
    if (report->kind == Kind::datagram) reports.push_back(test::to_hex(report->datagram));
    if (report->kind == Kind::note) reports.push_back(report->text);
  }
  return reports;
}

void carry(SlipLink& from, SlipLink& to) {
  to.receive(from.transmit(from.pending()), Time{});
}

TEST_F(SlipLinkTest, CompressesOnceTheOtherEndDoes) {
  SlipLink other(kAddresses, SlipCompression::on);
  test::TcpSessions sessions(1, 2);
  const Bytes first = sessions.next(), second = sessions.next();
  link.send(first, Time{});
  EXPECT_EQ(slip_kind(link.transmit(2)[1]), VjKind::ip);
  EXPECT_FALSE(link.compresses_headers());

  link.transmit(link.pending());
  other.send(first, Time{});
  carry(other, link);
  EXPECT_EQ(
      reports_of(link),
      (std::vector<std::string>{"The other end compresses headers (CSLIP), and so does this one from now on.",
                                test::to_hex(first)}));
  EXPECT_TRUE(link.compresses_headers());
  link.send(second, Time{});
  EXPECT_EQ(link.transmit(2)[1] & 0xF0, 0x70);
}

TEST_F(SlipLinkTest, DoesNotCompressIfItIsToldSoAndUnderstandsItStill) {
  SlipLink own(kAddresses, SlipCompression::off), other(kAddresses, SlipCompression::on);
  test::TcpSessions sessions(1, 1);
  for (int i = 0; i < 20; ++i) {
    const Bytes datagram = sessions.next();
    other.send(datagram, Time{});
    carry(other, own);
    EXPECT_EQ(reports_of(own), std::vector{test::to_hex(datagram)});
  }
  EXPECT_GT(other.counters().compressed, 0U);
  EXPECT_EQ(own.vj_counters().rebuilt, other.counters().compressed);
  EXPECT_FALSE(own.compresses_headers());
}

TEST_F(SlipLinkTest, WhatArrivesOnABadLineIsWhatWasSent) {
  // A byte of 2000 is damaged. Without compression a damaged one may arrive; with it, all of TCP is checked.
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SlipLink one(kAddresses, SlipCompression::on), other(kAddresses, SlipCompression::on);
    test::TcpSessions sessions(seed, 4);
    base::Prng random(seed);
    std::set<std::string> sent;
    std::size_t arrived = 0;
    for (int i = 0; i < 1000; ++i) {
      const Bytes datagram = sessions.next();
      Bytes checked = datagram;
      put16(checked, 4, 0);  // identifications may be wrong
      sent.insert(test::to_hex(test::with_header_checksum(std::move(checked))));
      one.send(datagram, Time{});
      Bytes bytes = one.transmit(one.pending());
      for (Byte& byte : bytes)
        if (random.chance(0.0005)) byte = static_cast<Byte>(random.next());
      other.receive(bytes, Time{});
    }
    while (auto report = other.poll()) {
      const auto packet = parse(report->datagram);
      if (report->kind != Kind::datagram || !packet || !has_right_checksum(*packet)) continue;
      put16(report->datagram, 4, 0);
      ASSERT_TRUE(sent.contains(test::to_hex(test::with_header_checksum(report->datagram)))) << seed;
      ++arrived;
    }
    EXPECT_GT(arrived, 400U);
    EXPECT_GT(other.vj_counters().rebuilt, 100U);
  }
}

TEST_F(SlipLinkTest, ADamagedFrameMakesCompressedOnesToss) {
  SlipLink other(kAddresses, SlipCompression::on);
  test::TcpFields fields;
  for (int i = 0; i < 3; ++i) {
    other.send(test::tcp_packet(kServer, kDevice, fields, "abc"), Time{});
    carry(other, link);
    if (i == 1) line(test::from_hex("4c696e7578"));
    fields.sequence += 3;
  }
  EXPECT_EQ(link.counters().received, 2U);
  EXPECT_EQ(link.vj_counters().tossed, 1U);
}

TEST(Slip, IsKnownByItsContents) {
  const Bytes packet = test::tcp_packet(kServer, kDevice, {}, "abc");
  EXPECT_TRUE(is_slip(packet));
  EXPECT_TRUE(is_slip(datagram_of(40)));
  EXPECT_TRUE(is_slip(test::udp_packet(test::v6_address(1), test::v6_address(2), 1, 2, 3)));
  Bytes in_slot = packet;
  in_slot[0] = 0x75;
  in_slot[9] = 3;
  EXPECT_TRUE(is_slip(in_slot));
  in_slot[9] = 16;
  EXPECT_FALSE(is_slip(in_slot));
  EXPECT_FALSE(is_slip({}));
  EXPECT_FALSE(is_slip(test::from_hex("cf000000")));
  EXPECT_FALSE(is_slip(test::from_hex("7eff7d23c0217d21")));
  EXPECT_FALSE(is_slip(test::from_hex("4154453000")));
}

}  // namespace
}  // namespace serialtcp::ip
