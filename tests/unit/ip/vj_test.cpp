// Header compression: the bytes of RFC 1144, round trips over random connections, and losses, after which no packet may
// come out that is wrong and passes as right.
#include <gtest/gtest.h>

#include <functional>

#include "hex.h"
#include "ip/tcp_sessions.h"
#include "ip/vj_compressor.h"
#include "ip/vj_decompressor.h"

namespace serialtcp::ip {
namespace {

using test::kDevice;
using test::kServer;
using test::TcpFields;
using test::to_hex;

using Packed = VjCompressor::Packed;

Bytes packet_of(const TcpFields& fields, std::string_view data, std::uint16_t identification) {
  Bytes packet = test::tcp_packet(kServer, kDevice, fields, data);
  put16(packet, 4, identification);
  return test::with_header_checksum(std::move(packet));
}

std::optional<Bytes> unpack(VjDecompressor& decompressor, const Packed& packed) {
  switch (packed.kind) {
    case VjKind::ip:
      return packed.bytes;
    case VjKind::uncompressed:
      return decompressor.uncompressed(packed.bytes);
    case VjKind::compressed:
      return decompressor.compressed(packed.bytes);
  }
  return std::nullopt;
}

/// The header of a compressed packet without its checksum, as text; data is what follows.
std::string header_of(const Packed& packed, std::size_t data) {
  EXPECT_EQ(packed.kind, VjKind::compressed);
  std::string hex = to_hex(ByteView(packed.bytes).first(packed.bytes.size() - data));
  const std::size_t checksum = (packed.bytes[0] & vj::kConnection) != 0 ? 4 : 2;
  return hex.substr(0, checksum) + " " + hex.substr(checksum + 4);
}

/// Both ends, one packet after the other, and the fields of the last one.
struct VjTest : testing::Test {
  VjTest() { EXPECT_EQ(send("ab").kind, VjKind::uncompressed); }

  Packed send(std::string_view data) {
    const Bytes packet = packet_of(fields, data, identification++);
    Packed packed = compressor.compress(packet);
    EXPECT_EQ(unpack(decompressor, packed), packet);
    return packed;
  }

  TcpFields fields{.sequence = 1000, .acknowledgement = 5000};
  std::uint16_t identification = 7;
  VjCompressor compressor{16, true};
  VjDecompressor decompressor{16};
};

TEST_F(VjTest, ATransferHasThreeBytes) {
  fields.sequence += 2;
  EXPECT_EQ(header_of(send("cdef"), 4), "0f ");
  fields.sequence += 4;
  fields.flags |= tcp_flag::kPsh;
  EXPECT_EQ(header_of(send("g"), 1), "1f ");
}

TEST_F(VjTest, AnEchoHasThreeBytes) {
  fields.sequence += 2;
  fields.acknowledgement += 2;
  EXPECT_EQ(header_of(send("xy"), 2), "0b ");
}

TEST_F(VjTest, TheChecksumOfTcpIsSentAsItIs) {
  fields.sequence += 2;
  const Packed packed = send("z");
  const Bytes packet = packet_of(fields, "z", identification);
  EXPECT_EQ(get16(packed.bytes, 1), get16(packet, kIpv4Header + vj::at::kChecksum));
}

TEST_F(VjTest, DifferencesHaveOneByteOrThree) {
  fields.acknowledgement += 255;
  fields.sequence += 2;
  EXPECT_EQ(header_of(send(""), 0), "0c ff02");
  fields.acknowledgement += 256;
  EXPECT_EQ(header_of(send(""), 0), "04 000100");
  fields.acknowledgement += 0xFFFE;
  EXPECT_EQ(header_of(send(""), 0), "04 00fffe");
  fields.window = static_cast<std::uint16_t>(fields.window - 3);
  EXPECT_EQ(header_of(send(""), 0), "02 00fffd");
  fields.window = static_cast<std::uint16_t>(fields.window + 9);
  fields.acknowledgement += 1;
  EXPECT_EQ(header_of(send(""), 0), "06 0901");
}

TEST_F(VjTest, UrgentDataAndIdentificationsAreNamed) {
  fields.flags |= tcp_flag::kUrg;
  fields.urgent = 3;
  fields.sequence += 2;
  fields.acknowledgement += 1;
  EXPECT_EQ(header_of(send("urgent"), 6), "0d 030102");
  fields.flags = tcp_flag::kAck;
  fields.sequence += 6;
  identification = static_cast<std::uint16_t>(identification + 4);
  EXPECT_EQ(header_of(send("x"), 1), "2f 05");
  identification = static_cast<std::uint16_t>(identification - 1);  // as of hosts that use no identification
  fields.sequence += 1;
  EXPECT_EQ(header_of(send("x"), 1), "2f 000000");
}

TEST_F(VjTest, WhatLooksLikeASpecialCaseIsSentUncompressed) {
  fields.flags |= tcp_flag::kUrg;
  fields.urgent = 1;
  fields.sequence += 1;
  fields.window += 1;
  EXPECT_EQ(send("x").kind, VjKind::uncompressed);
  fields.sequence += 1;
  fields.window += 1;
  fields.acknowledgement += 1;
  EXPECT_EQ(send("x").kind, VjKind::uncompressed);
}

TEST_F(VjTest, WhatIsSentOnceMoreIsUncompressed) {
  EXPECT_EQ(send("ab").kind, VjKind::uncompressed);
  fields.sequence += 2;
  EXPECT_EQ(send("").kind, VjKind::compressed);
  EXPECT_EQ(send("").kind, VjKind::uncompressed);
  EXPECT_EQ(send("data after it").kind, VjKind::compressed);
  fields.sequence -= 1;
  EXPECT_EQ(send("d").kind, VjKind::uncompressed);
}

TEST_F(VjTest, AnythingElseThatChangesIsSentUncompressed) {
  const auto changed = [&](const std::function<void(Bytes&)>& change) {
    fields.sequence += 2;
    send("ab");
    fields.sequence += 2;
    Bytes packet = packet_of(fields, "ab", identification++);
    change(packet);
    packet = test::with_header_checksum(std::move(packet));
    const Packed packed = compressor.compress(packet);
    EXPECT_EQ(unpack(decompressor, packed), packet);
    return packed.kind;
  };
  EXPECT_EQ(changed([](Bytes&) {}), VjKind::compressed);
  EXPECT_EQ(changed([](Bytes& packet) { packet[1] = 4; }), VjKind::uncompressed);
  EXPECT_EQ(changed([](Bytes& packet) { packet[8] = 63; }), VjKind::uncompressed);
  EXPECT_EQ(changed([](Bytes& packet) { packet[6] = 0; }), VjKind::uncompressed);
  fields.options = Bytes(4, 1);
  EXPECT_EQ(send("ab").kind, VjKind::uncompressed);
  fields.flags |= 0x80;  // CWR, which RFC 1144 does not know
  EXPECT_EQ(send("ab").kind, VjKind::uncompressed);
}

TEST_F(VjTest, OnlySegmentsWithinAConnectionOfIpv4AreTouched) {
  const auto kind = [&](const Bytes& packet) {
    const Packed packed = compressor.compress(packet);
    EXPECT_EQ(packed.kind == VjKind::ip, packed.bytes == packet);
    return packed.kind;
  };
  for (const std::uint8_t flags : {tcp_flag::kSyn, tcp_flag::kRst, tcp_flag::kFin, std::uint8_t{0}}) {
    fields.flags = flags;
    EXPECT_EQ(kind(packet_of(fields, "", 1)), VjKind::ip);
    fields.flags |= tcp_flag::kAck;
    EXPECT_EQ(kind(packet_of(fields, "", 1)), flags == 0 ? VjKind::uncompressed : VjKind::ip);
  }
  EXPECT_EQ(kind(test::udp_packet(kServer, kDevice, 1, 2, 30)), VjKind::ip);
  EXPECT_EQ(kind(test::tcp_packet(test::v6_address(1), test::v6_address(2), {}, "x")), VjKind::ip);
  Bytes fragment = packet_of(fields, "x", 1);
  put16(fragment, 6, 0x2000);
  EXPECT_EQ(kind(test::with_header_checksum(std::move(fragment))), VjKind::ip);
  Bytes damaged = packet_of(fields, "x", 1);
  damaged.back() ^= 1;
  EXPECT_EQ(kind(damaged), VjKind::ip);
  EXPECT_EQ(kind({}), VjKind::ip);
}

TEST_F(VjTest, AConnectionIsNamedUnlessThePacketBeforeWasOfTheSame) {
  fields.sequence += 2;
  EXPECT_EQ(send("ab").bytes[0], vj::kTransfer);
  std::swap(fields.source_port, fields.destination_port);
  EXPECT_EQ(send("ab").kind, VjKind::uncompressed);
  std::swap(fields.source_port, fields.destination_port);
  fields.sequence += 2;
  const Packed named = send("ab");
  EXPECT_EQ(named.bytes[0] & vj::kConnection, vj::kConnection);
  EXPECT_EQ(named.bytes[1], 0);
}

TEST(Vj, AlwaysNamesTheConnectionIfItIsToldSo) {
  VjCompressor compressor(4, false);
  TcpFields fields;
  compressor.compress(packet_of(fields, "ab", 1));
  fields.sequence += 2;
  EXPECT_EQ(header_of(compressor.compress(packet_of(fields, "ab", 2)), 2), "4f00 ");
}

TEST(Vj, TheSlotThatWasNotUsedForTheLongestTimeIsTaken) {
  VjCompressor compressor(3, true);
  const auto slot = [&](std::uint16_t port) {
    static std::uint32_t sequence = 0;
    return compressor.compress(packet_of({.source_port = port, .sequence = ++sequence * 70'000}, "ab", 1))
        .bytes[9];
  };
  const int first = slot(1), second = slot(2), third = slot(3);
  EXPECT_EQ(slot(1), first);
  EXPECT_EQ(slot(4), second);
  EXPECT_EQ(slot(5), third);
  EXPECT_EQ(slot(1), first);
}

class Sessions : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Sessions, ArriveAsTheyWereSent) {
  for (const unsigned slots : {16U, 3U, 1U}) {
    for (const bool omit : {true, false}) {
      test::TcpSessions sessions(GetParam(), 1 + GetParam() % 25);
      VjCompressor compressor(slots, omit);
      VjDecompressor decompressor(slots);
      for (int i = 0; i < 2000; ++i) {
        const Bytes packet = sessions.next();
        const Packed packed = compressor.compress(packet);
        ASSERT_EQ(unpack(decompressor, packed), packet) << i;
        ASSERT_LE(packed.bytes.size(), packet.size());
      }
      EXPECT_GT(decompressor.counters().rebuilt, slots == 1 ? 400U : 700U);
      EXPECT_EQ(decompressor.counters().tossed + decompressor.counters().wrong, 0U);
    }
  }
}

/// Identifications may be wrong after a loss, which nobody can notice: they are for fragments, and these are not
/// compressed.
Bytes without_identification(Bytes packet) {
  put16(packet, 4, 0);
  return test::with_header_checksum(std::move(packet));
}

TEST_P(Sessions, LossesThatAreNoticedMakeNoWrongPacket) {
  test::TcpSessions sessions(GetParam(), 1 + GetParam() % 7);
  VjCompressor compressor(16, true);
  VjDecompressor decompressor(16);
  base::Prng random(GetParam());
  int arrived = 0;
  for (int i = 0; i < 5000; ++i) {
    const Bytes packet = sessions.next();
    const Packed packed = compressor.compress(packet);
    if (random.chance(0.02)) {
      decompressor.lost();
      continue;
    }
    const auto made = unpack(decompressor, packed);
    if (!made) continue;
    ++arrived;
    ASSERT_EQ(*made, packet) << i;
  }
  EXPECT_GT(arrived, 2000);
  EXPECT_GT(decompressor.counters().tossed, 0U);
  EXPECT_EQ(decompressor.counters().wrong, 0U);
}

TEST_P(Sessions, LossesThatNobodyNoticesMakeNoWrongPacket) {
  test::TcpSessions sessions(GetParam(), 1 + GetParam() % 20);
  VjCompressor compressor(16, GetParam() % 2 == 0);
  VjDecompressor decompressor(16);
  base::Prng random(GetParam());
  int arrived = 0;
  for (int i = 0; i < 5000; ++i) {
    const Bytes packet = sessions.next();
    const Packed packed = compressor.compress(packet);
    if (random.chance(0.05)) continue;
    const auto made = unpack(decompressor, packed);
    if (!made) continue;
    ++arrived;
    ASSERT_EQ(without_identification(*made), without_identification(packet)) << i;
  }
  EXPECT_GT(arrived, 2000);
  EXPECT_GT(decompressor.counters().wrong, 0U);
}

TEST_P(Sessions, DamagedFramesMakeNoPacketThatFailsItsChecksums) {
  test::TcpSessions sessions(GetParam(), 3);
  VjCompressor compressor(16, true);
  VjDecompressor decompressor(16);
  base::Prng random(GetParam());
  for (int i = 0; i < 3000; ++i) {
    Packed packed = compressor.compress(sessions.next());
    if (packed.kind == VjKind::ip) continue;
    if (random.chance(0.1))
      packed.bytes[random.below(packed.bytes.size())] ^= static_cast<Byte>(1 + random.below(255));
    if (random.chance(0.02)) packed.bytes.resize(random.below(packed.bytes.size()));
    if (random.chance(0.01))
      packed.kind = packed.kind == VjKind::compressed ? VjKind::uncompressed : VjKind::compressed;
    const auto made = unpack(decompressor, packed);
    if (!made) continue;
    const auto parsed = parse(*made);
    ASSERT_TRUE(parsed && has_right_checksum(*parsed));
    ASSERT_EQ(parsed->bytes.size(), made->size());
  }
}

INSTANTIATE_TEST_SUITE_P(Vj, Sessions, testing::Range<std::uint64_t>(1, 21));

TEST_F(VjTest, AfterALossCompressedPacketsAreTossedUntilAnUncompressedOne) {
  fields.sequence += 2;
  const Packed compressed = compressor.compress(packet_of(fields, "cd", identification++));
  decompressor.lost();
  EXPECT_FALSE(decompressor.compressed(compressed.bytes));
  fields.sequence += 2;
  EXPECT_FALSE(decompressor.compressed(compressor.compress(packet_of(fields, "ef", identification++)).bytes));
  EXPECT_EQ(decompressor.counters().tossed, 2U);
  fields.sequence -= 2;  // TCP sends it once more
  EXPECT_EQ(send("cd").kind, VjKind::uncompressed);
  fields.sequence += 2;
  EXPECT_EQ(send("ef").kind, VjKind::compressed);
}

TEST_F(VjTest, ALossOfADifferenceThatTheChecksumDoesNotShowIsShown) {
  fields.sequence += 2;
  send("");
  fields.acknowledgement += 100;  // a receiver that does not read: the sum of both stays the same
  fields.window = static_cast<std::uint16_t>(fields.window - 100);
  compressor.compress(packet_of(fields, "", identification++));  // is lost
  fields.acknowledgement += 10;
  EXPECT_EQ(send("").kind, VjKind::uncompressed);
  fields.acknowledgement += 10;
  EXPECT_EQ(send("").kind, VjKind::compressed);
  fields.acknowledgement += 0xFFFF;  // adds nothing to the sum of 16-bit words
  EXPECT_EQ(send("").kind, VjKind::compressed);
  fields.acknowledgement += 10;
  EXPECT_EQ(send("").kind, VjKind::uncompressed);
}

TEST_F(VjTest, SeveralLossesInARowAreShown) {
  // The sum is that of the beginning again after three packets, each of which would be noticed by itself.
  fields.sequence += 2;
  send("");
  for (const int step : {300, -100, -200}) {
    fields.acknowledgement += 500;
    fields.window = static_cast<std::uint16_t>(fields.window - 500 + step);
    compressor.compress(packet_of(fields, "", identification++));
  }
  fields.acknowledgement += 10;
  EXPECT_EQ(send("").kind, VjKind::uncompressed);
}

TEST_F(VjTest, GarbageMakesNothing) {
  base::Prng random(5);
  for (int i = 0; i < 20'000; ++i) {
    Bytes garbage(random.below(80));
    for (Byte& byte : garbage) byte = static_cast<Byte>(random.next());
    if (random.chance(0.5) && garbage.size() > 9) garbage[0] = 0x45, garbage[9] = 0;
    EXPECT_FALSE(decompressor.uncompressed(garbage));
    EXPECT_FALSE(decompressor.compressed(garbage));
  }
}

TEST_F(VjTest, SlotsThatDoNotExistAreRefused) {
  VjDecompressor few(2);
  Bytes frame = packet_of(fields, "x", 1);
  frame[9] = 2;
  EXPECT_FALSE(few.uncompressed(frame));
  frame[9] = 1;
  EXPECT_TRUE(few.uncompressed(frame));
  EXPECT_FALSE(few.compressed(test::from_hex("4f020000")));
  EXPECT_FALSE(few.compressed(test::from_hex("0f0000")));
  EXPECT_FALSE(few.compressed({}));
}

}  // namespace
}  // namespace serialtcp::ip
