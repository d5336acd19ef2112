// Header packing: what it spares, round trips over random connections, losses, and what is no packet at all.
#include <gtest/gtest.h>

#include <deque>

#include "ip/header_packer.h"
#include "ip/header_unpacker.h"
#include "ip/tcp_sessions.h"

namespace serialtcp::ip {
namespace {

using packed::Form;
using test::kDevice;
using test::kServer;
using test::TcpFields;

constexpr Time kNow = Time(std::chrono::seconds(1));

Form form_of(const Bytes& sent) {
  return static_cast<Form>(sent[0] >> 4U);
}

Bytes timestamps(std::uint32_t value, std::uint32_t echo) {
  Bytes options = {1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0};
  put32(options, 4, value);
  put32(options, 8, echo);
  return options;
}

/// A transfer as Linux sends it: 1448 bytes in each packet, timestamps, and every other acknowledgement has moved.
struct Transfer {
  Bytes next(const Address& from, const Address& to) {
    ++count;
    fields.sequence += 1448;
    fields.options = timestamps(9'000'000 + 130 * count, 5'000'000 + 130 * count);
    Bytes packet = test::tcp_packet(from, to, fields, std::string(1448, 'x'));
    if (packet[0] >> 4U != 4) return packet;
    put16(packet, 4, static_cast<std::uint16_t>(count));
    return test::with_header_checksum(std::move(packet));
  }
  TcpFields fields = {.sequence = 4'000'000'000, .acknowledgement = 77};
  std::uint32_t count = 0;
};

struct HeaderPackingTest : testing::Test {
  /// Nothing is lost.
  std::optional<Bytes> through(const Bytes& packet) {
    sent = packer.pack(packet);
    return unpacker.unpack(sent, kNow).packet;
  }
  HeaderPacker packer;
  HeaderUnpacker unpacker;
  Bytes sent;
};

/// The bytes of headers that are sent for a packet of a transfer, on average.
double header_bytes(const Address& from, const Address& to) {
  HeaderPacker packer;
  HeaderUnpacker unpacker;
  Transfer transfer;
  std::size_t bytes = 0;
  constexpr unsigned kPackets = 1000;
  for (unsigned i = 0; i < kPackets; ++i) {
    const Bytes packet = transfer.next(from, to);
    const Bytes sent = packer.pack(packet);
    EXPECT_EQ(unpacker.unpack(sent, kNow).packet, packet);
    bytes += sent.size() - 1448;
  }
  return double(bytes) / kPackets;
}

TEST(HeaderPackingSizeTest, APacketOfATransferHasAQuarterOfItsHeader) {
  EXPECT_LT(header_bytes(kServer, kDevice), 14);                            // of 52
  EXPECT_LT(header_bytes(test::v6_address(1), test::v6_address(2)), 13.5);  // of 72
}

TEST_F(HeaderPackingTest, UdpHasSixBytesOfHeader) {
  through(test::udp_packet(kServer, kDevice, 53, 4000, 100));
  const Bytes packet = test::udp_packet(kServer, kDevice, 53, 4000, 37);
  EXPECT_EQ(through(packet), packet);
  EXPECT_EQ(form_of(sent), Form::packed);
  EXPECT_LE(sent.size(), 37U + 6U);
}

TEST_F(HeaderPackingTest, WhatIsNotTcpOrUdpIsSentAsItIs) {
  const Bytes echo = test::icmp_packet(kServer, kDevice, 8, 0, "hello");
  EXPECT_EQ(through(echo), echo);
  EXPECT_EQ(sent, echo);
  TcpFields opening{.flags = tcp_flag::kSyn};
  const Bytes syn = test::tcp_packet(kServer, kDevice, opening);
  EXPECT_EQ(through(syn), syn);
  EXPECT_EQ(sent, syn);
}

TEST_F(HeaderPackingTest, AWrongChecksumIsSentAsItIs) {
  Transfer transfer;
  through(transfer.next(kServer, kDevice));
  Bytes packet = transfer.next(kServer, kDevice);
  packet.back() ^= 1U;
  EXPECT_EQ(through(packet), packet);
  EXPECT_EQ(sent, packet);
}

TEST_F(HeaderPackingTest, OptionsThatAreNoTimestampsComeWithThePacket) {
  Transfer transfer;
  through(transfer.next(kServer, kDevice));
  TcpFields fields = transfer.fields;
  Bytes selective = {1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 9};
  fields.options.insert(fields.options.end(), selective.begin(), selective.end());
  for (const Bytes& options : {fields.options, Bytes{}, selective, timestamps(9'000'400, 1)}) {
    fields.options = options;
    const Bytes packet = test::tcp_packet(kServer, kDevice, fields, "data");
    EXPECT_EQ(through(packet), packet) << options.size();
    EXPECT_EQ(form_of(sent), Form::packed) << options.size();
  }
}

TEST_F(HeaderPackingTest, RandomConnectionsArriveAsTheyAre) {
  test::TcpSessions sessions(1, 30);
  for (int i = 0; i < 20'000; ++i) {
    const Bytes packet = sessions.next();
    ASSERT_EQ(through(packet), packet) << i;
  }
  EXPECT_GT(packer.spared(), 100'000U);
}

TEST_F(HeaderPackingTest, TheLossOfAPackedHeaderCostsNoOtherPacket) {
  Transfer transfer;
  through(transfer.next(kServer, kDevice));
  for (unsigned i = 1; i < HeaderPacker::kAnchorLife; ++i) {
    const Bytes packet = transfer.next(kServer, kDevice);
    const Bytes lost_or_not = packer.pack(packet);
    ASSERT_EQ(form_of(lost_or_not), Form::packed);
    if (i % 3 == 0) {
      EXPECT_EQ(unpacker.unpack(lost_or_not, kNow).packet, packet);
    }
  }
  EXPECT_EQ(unpacker.counters().tossed, 0U);
}

TEST_F(HeaderPackingTest, AnAnchorThatWasLostIsAskedForOnce) {
  Transfer transfer;
  packer.pack(transfer.next(kServer, kDevice));  // lost
  const auto first = unpacker.unpack(packer.pack(transfer.next(kServer, kDevice)), kNow);
  EXPECT_FALSE(first.packet);
  ASSERT_TRUE(first.answer);
  const auto second = unpacker.unpack(packer.pack(transfer.next(kServer, kDevice)), kNow);
  EXPECT_FALSE(second.answer);

  HeaderUnpacker at_the_other_end;
  const auto heard = at_the_other_end.unpack(*first.answer, kNow);
  ASSERT_TRUE(heard.missing);
  packer.missing(*heard.missing);
  for (int i = 0; i < 3; ++i) {
    const Bytes packet = transfer.next(kServer, kDevice);
    EXPECT_EQ(through(packet), packet);
    EXPECT_EQ(form_of(sent), i == 0 ? Form::anchor : Form::packed);
  }
}

TEST_F(HeaderPackingTest, AnAnchorIsAskedForAgainIfTheAnswerWasLost) {
  Transfer transfer;
  packer.pack(transfer.next(kServer, kDevice));  // lost
  EXPECT_TRUE(unpacker.unpack(packer.pack(transfer.next(kServer, kDevice)), kNow).answer);
  const Time later = kNow + HeaderUnpacker::kAskAgain;
  EXPECT_TRUE(unpacker.unpack(packer.pack(transfer.next(kServer, kDevice)), later).answer);
}

/// Both directions lose one datagram in ten. What arrives is right, and not much is tossed beside what is lost.
TEST(HeaderPackingLossTest, NoWrongPacketComesOut) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    base::Prng random(seed);
    test::TcpSessions sessions(seed, 12);
    HeaderPacker packer;
    HeaderUnpacker unpacker;
    unsigned arrived = 0;
    Time now = kNow;
    std::deque<unsigned> answers;  // on their way
    for (int i = 0; i < 3000; ++i) {
      now += std::chrono::milliseconds(20);
      const Bytes packet = sessions.next();
      const Bytes sent = packer.pack(packet);
      if (i % 4 == 0 && !answers.empty()) {
        packer.missing(answers.front());
        answers.pop_front();
      }
      if (random.chance(0.1)) continue;
      const auto result = unpacker.unpack(sent, now);
      if (result.packet) {
        ASSERT_EQ(*result.packet, packet) << seed << ' ' << i;
        ++arrived;
      }
      if (result.answer && !random.chance(0.1)) answers.push_back((*result.answer)[0] & 0x0FU);
    }
    EXPECT_EQ(unpacker.counters().malformed, 0U);
    EXPECT_GT(arrived, 2500U) << seed;
  }
}

TEST(HeaderPackingGarbageTest, AnythingMayArrive) {
  base::Prng random(3);
  test::TcpSessions sessions(3, 8);
  HeaderPacker packer;
  HeaderUnpacker unpacker;
  for (int i = 0; i < 50'000; ++i) {
    Bytes sent = packer.pack(sessions.next());
    for (unsigned changes = static_cast<unsigned>(random.below(4)); changes > 0; --changes)
      sent[random.below(std::min<std::size_t>(sent.size(), 12))] = static_cast<Byte>(random.next());
    if (random.chance(0.2)) sent.resize(random.below(sent.size() + 1));
    const auto result = unpacker.unpack(sent, kNow);
    if (result.packet) {
      ASSERT_TRUE(parse(*result.packet)) << i;
    }
    if (result.missing) packer.missing(*result.missing);
  }
}

}  // namespace
}  // namespace serialtcp::ip
