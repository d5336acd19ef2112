// SLIP as a DatagramLink: what arrives, what is dropped, what is bounded.
#include "ip/slip_link.h"

#include <gtest/gtest.h>

#include "hex.h"
#include "ip/packets.h"

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

  SlipLink link{kAddresses};
};

TEST_F(SlipLinkTest, IsUpAtOnce) {
  EXPECT_TRUE(link.is_up());
  EXPECT_EQ(link.addresses().peers, kAddresses.peers);
  EXPECT_EQ(link.deadline(), kNever);
  EXPECT_FALSE(link.poll());
}

TEST_F(SlipLinkTest, DatagramsArriveAtTheOtherEnd) {
  SlipLink other(kAddresses);
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

}  // namespace
}  // namespace serialtcp::ip
