// HDLC-like framing: golden bytes, escape maps, compressed headers, frames that are damaged, cut, aborted, too long, and
// control characters that were inserted on the way.
#include "ppp/framing.h"

#include <gtest/gtest.h>

#include <array>
#include <string_view>

#include "base/prng.h"
#include "hex.h"
#include "ppp/fcs.h"
#include "ppp/numbers.h"

namespace serialtcp::ppp {
namespace {

using serialtcp::test::from_hex;
using serialtcp::test::to_hex;

struct Got {
  std::uint16_t protocol;
  Bytes information;
  bool operator==(const Got&) const = default;
};

std::vector<Got> read_all(FrameReader& reader, ByteView bytes, std::size_t piece = 1000000) {
  std::vector<Got> all;
  while (!bytes.empty()) {
    ByteView part = bytes.first(std::min(piece, bytes.size()));
    bytes = bytes.subspan(part.size());
    while (const auto frame = reader.next(part)) {
      all.push_back({frame->protocol, {frame->information.begin(), frame->information.end()}});
    }
  }
  return all;
}

std::vector<Got> read_all(ByteView bytes) {
  FrameReader reader(1500);
  return read_all(reader, bytes);
}

Bytes frame_of(std::uint16_t protocol, ByteView information, const SendFormat& format = {}) {
  Bytes out;
  append_frame(protocol, information, format, OpeningFlag::needed, out);
  return out;
}

/// A bit at a time, without a table.
std::uint16_t slow_fcs(ByteView bytes) {
  unsigned fcs = 0xFFFF;
  for (const Byte byte : bytes) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      const unsigned feedback = (fcs ^ (byte >> bit)) & 1U;
      fcs = (fcs >> 1U) ^ (feedback != 0 ? 0x8408U : 0U);
    }
  }
  return static_cast<std::uint16_t>(fcs);
}

TEST(PppFcs, IsCrc16X25) {
  const std::string_view digits = "123456789";
  const Bytes bytes(digits.begin(), digits.end());
  EXPECT_EQ(static_cast<std::uint16_t>(~fcs16(kFcsStart, bytes)), 0x906E);
  base::Prng prng(1);
  for (std::size_t size = 0; size < 300; ++size) {
    Bytes random(size);
    for (Byte& byte : random) byte = static_cast<Byte>(prng.next());
    ASSERT_EQ(fcs16(kFcsStart, random), slow_fcs(random));
    const auto fcs = static_cast<std::uint16_t>(~slow_fcs(random));
    random.push_back(static_cast<Byte>(fcs));
    random.push_back(static_cast<Byte>(fcs >> 8U));
    ASSERT_EQ(fcs16(kFcsStart, random), kFcsGood);
  }
}

// What pppd sends first, with its default options: asyncmap 0, magic, pcomp, accomp.
TEST(PppFrames, TheFirstFrameOfPppd) {
  const Bytes information = from_hex("010100140206000000000506c0ffee1107020802");
  const Bytes frame = frame_of(protocol::kLcp, information);
  EXPECT_EQ(to_hex(ByteView(frame).first(9)), "7eff7d23c0217d217d");
  EXPECT_EQ(to_hex(frame),
            "7eff7d23c0217d217d217d207d347d227d267d207d207d207d207d257d26c0ffee7d317d277d227d287d22" +
                to_hex(ByteView(frame).subspan(frame.size() - 3)));
  const auto got = read_all(frame);
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].protocol, protocol::kLcp);
  EXPECT_EQ(got[0].information, information);
}

TEST(PppFrames, OnlyWhatTheMapHasIsEscaped) {
  Bytes information;
  for (unsigned i = 0; i < 256; ++i) information.push_back(static_cast<Byte>(i));
  for (const std::uint32_t map : {0U, 0xFFFFFFFFU, 0x000A0000U, 1U, 0x80000000U}) {
    const Bytes frame = frame_of(protocol::kIpv4, information, {map, false, false});
    const ByteView inside = ByteView(frame).subspan(1, frame.size() - 2);
    for (const Byte byte : inside) {
      ASSERT_NE(byte, 0x7E);
      if (byte < 0x20) {
        ASSERT_EQ((map >> byte) & 1U, 0U) << int{byte};
      }
    }
    EXPECT_EQ(read_all(frame), (std::vector<Got>{{protocol::kIpv4, information}}));
  }
  // 7D, 7E and the check value may be escaped, and nothing else.
  EXPECT_LE(frame_of(protocol::kIpv4, information, {0, true, true}).size(), 2 + 1 + 256 + 2 + 4U);
}

TEST(PppFrames, LcpIsAlwaysSentAsEveryPeerUnderstandsIt) {
  const Bytes information = from_hex("0901000800000000");
  EXPECT_EQ(frame_of(protocol::kLcp, information), frame_of(protocol::kLcp, information, {0, true, true}));
}

TEST(PppFrames, HeadersAreCompressedInEachWay) {
  const Bytes information = from_hex("450000");
  for (const bool short_protocol : {false, true}) {
    for (const bool no_address : {false, true}) {
      const Bytes frame = frame_of(protocol::kIpv4, information, {0, short_protocol, no_address});
      EXPECT_EQ(frame.size(), 3 + 2 + 2 + (short_protocol ? 1U : 2U) + (no_address ? 0U : 2U));
      EXPECT_EQ(read_all(frame), (std::vector<Got>{{protocol::kIpv4, information}}));
    }
  }
  // A protocol that has no short form.
  EXPECT_EQ(read_all(frame_of(protocol::kIpcp, information, {0, true, true})),
            (std::vector<Got>{{protocol::kIpcp, information}}));
}

TEST(PppFrames, OneFlagBetweenTwoFramesIsEnough) {
  Bytes line = from_hex("6c6f67696e3a20");  // a prompt
  append_frame(protocol::kIpv4, from_hex("4501"), {}, OpeningFlag::needed, line);
  append_frame(protocol::kIpv4, from_hex("4502"), {}, OpeningFlag::shared, line);
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 1000U}) {
    FrameReader reader(1500);
    EXPECT_EQ(read_all(reader, line, piece),
              (std::vector<Got>{{protocol::kIpv4, {0x45, 1}}, {protocol::kIpv4, {0x45, 2}}}));
    EXPECT_EQ(reader.counts().good, 2U);
    EXPECT_EQ(reader.counts().bad_check, 1U);
  }
}

TEST(PppFrames, InsertedControlCharactersAreFound) {
  const Bytes information = from_hex("4500110013000a");
  for (const std::uint32_t map : {kEscapeAll, 0x000A0000U}) {
    const Bytes frame = frame_of(protocol::kIpv4, information, {map, false, false});
    for (std::size_t at = 1; at < frame.size(); ++at) {
      if (frame[at - 1] == 0x7D) continue;  // it would be escaped
      Bytes line = frame;
      line.insert(line.begin() + static_cast<std::ptrdiff_t>(at), 0x13);
      const auto got = read_all(line);
      if (map == kEscapeAll) {
        EXPECT_EQ(got, (std::vector<Got>{{protocol::kIpv4, information}})) << at;
      } else {
        EXPECT_TRUE(got.empty())
            << at;  // others stand there as they are: which one was inserted is not known
      }
    }
  }
}

TEST(PppFrames, OnlyCharactersOfTheMapCanBeInserted) {
  const Bytes information = from_hex("4500110013000a");
  Bytes line = frame_of(protocol::kIpv4, information, {0x000A0000, false, false});
  line.insert(line.begin() + 4, 0x13);
  FrameReader reader(1500);
  reader.set_map(0);
  EXPECT_TRUE(read_all(reader, line).empty());
  reader.set_map(0x000A0000);
  EXPECT_EQ(read_all(reader, line), (std::vector<Got>{{protocol::kIpv4, information}}));
}

TEST(PppFrames, UnescapedControlCharactersAreData) {
  Bytes frame = from_hex("7ec0210101000e0506000000010702");  // LCP without address, nothing is escaped
  const auto fcs = static_cast<std::uint16_t>(~slow_fcs(ByteView(frame).subspan(1)));
  frame.insert(frame.end(), {static_cast<Byte>(fcs), static_cast<Byte>(fcs >> 8U), 0x7E});
  const auto got = read_all(frame);
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].protocol, protocol::kLcp);
}

TEST(PppFrames, WhatIsNoFrameIsCounted) {
  FrameReader reader(8);
  const auto feed = [&reader](const Bytes& bytes) { return read_all(reader, bytes).size(); };
  EXPECT_EQ(feed(from_hex("7e7e7e7e")), 0U);
  EXPECT_EQ(feed(from_hex("2145")), 0U);
  EXPECT_EQ(feed(from_hex("7d7e")), 0U);
  EXPECT_EQ(reader.counts().aborted, 1U);
  EXPECT_EQ(feed(from_hex("212223"
                          "7e")),
            0U);
  EXPECT_EQ(reader.counts().too_short, 1U);
  EXPECT_EQ(feed(frame_of(protocol::kIpv4, Bytes(9))), 0U);
  EXPECT_EQ(reader.counts().too_long, 1U);
  EXPECT_EQ(feed(frame_of(protocol::kIpv4, Bytes(8))), 1U);
  Bytes damaged = frame_of(protocol::kIpv4, Bytes(8, 0x55));
  damaged[9] ^= 4U;
  EXPECT_EQ(feed(damaged), 0U);
  EXPECT_EQ(reader.counts().bad_check, 1U);
  EXPECT_EQ(feed(frame_of(0x0022, Bytes(4))), 0U);  // the last byte of a protocol is odd
  EXPECT_EQ(feed(frame_of(protocol::kIpv4, Bytes(8))), 1U);
  EXPECT_EQ(reader.counts().good, 2U);
}

TEST(PppFrames, AFrameWithoutEndTakesNoMemory) {
  FrameReader reader(1500);
  const Bytes noise(100000, 0x55);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(read_all(reader, noise).empty());
  EXPECT_EQ(reader.counts().too_long, 1U);
  EXPECT_EQ(read_all(reader, frame_of(protocol::kIpv4, Bytes(1500))).size(), 1U);
}

TEST(PppFrames, AnyBytesArriveInAnyPieces) {
  base::Prng prng(7);
  for (int round = 0; round < 300; ++round) {
    Bytes line;
    std::vector<Got> sent;
    for (std::uint64_t i = 1 + prng.below(5); i > 0; --i) {
      Bytes information(1 + prng.below(200));
      for (Byte& byte : information)
        byte = static_cast<Byte>(prng.chance(0.3) ? 0x7D + prng.below(2) : prng.next());
      const std::array<std::uint16_t, 3> protocols{protocol::kIpv4, protocol::kIpcp, protocol::kIpv6};
      sent.push_back({protocols[prng.below(3)], information});
      append_frame(sent.back().protocol, information,
                   {static_cast<std::uint32_t>(prng.next()), prng.chance(0.5), prng.chance(0.5)},
                   line.empty() || prng.chance(0.5) ? OpeningFlag::needed : OpeningFlag::shared, line);
    }
    FrameReader reader(1500);
    ASSERT_EQ(read_all(reader, line, 1 + prng.below(20)), sent);
  }
}

}  // namespace
}  // namespace serialtcp::ppp
