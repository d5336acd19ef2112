// Detector: PPP and SLIP are told apart by whole frames, and what is within a packet changes nothing.
#include "gateway/detector.h"

#include <gtest/gtest.h>

#include "ip/datagram_writer.h"
#include "ip/slip_framing.h"
#include "ip/vj_compressor.h"
#include "ppp/framing.h"
#include "ppp/numbers.h"

namespace serialtcp::gateway {
namespace {

using namespace std::chrono_literals;
using Heard = Detector::Heard;

Time at(Duration since) {
  return Time{} + 100s + since;
}

Bytes datagram(std::size_t size = 40) {
  return ip::make_datagram({.source = ip::Address::v4(0x0A00020F),
                            .destination = ip::Address::v4(0x0A000202),
                            .protocol = ip::protocol::kUdp},
                           Bytes(size));
}

Bytes slip(ByteView packet) {
  Bytes frame;
  ip::append_slip_frame(packet, true, frame);
  return frame;
}

Bytes lcp() {
  Bytes frame;
  ppp::append_frame(ppp::protocol::kLcp, Bytes{1, 1, 0, 4}, {}, ppp::OpeningFlag::needed, frame);
  return frame;
}

Bytes ppp_datagram(ByteView packet) {
  Bytes frame;
  ppp::append_frame(ppp::protocol::kIpv4, packet, {}, ppp::OpeningFlag::needed, frame);
  return frame;
}

TEST(Detector, OneWholeFrameOfPppIsEnoughAndIsKept) {
  Detector detector;
  const Bytes frame = lcp();
  for (std::size_t i = 0; i + 1 < frame.size(); ++i)
    EXPECT_EQ(detector.take(ByteView(frame).subspan(i, 1), at(0s)), Heard::nothing);
  EXPECT_EQ(detector.take(ByteView(frame).last(1), at(0s)), Heard::another);
  EXPECT_EQ(detector.speech(), Speech::ppp);
  EXPECT_EQ(Bytes(detector.held().begin(), detector.held().end()), frame);
}

TEST(Detector, SlipIsFoundBehindNoise) {
  Detector detector;
  EXPECT_EQ(detector.take(Bytes{'b', 'o', 'o', 't', '\r', '\n'}, at(0s)), Heard::nothing);
  EXPECT_EQ(detector.take(slip(datagram()), at(1s)), Heard::another);
  EXPECT_EQ(detector.speech(), Speech::slip);
}

TEST(Detector, TextAndDamagedFramesAreNothing) {
  Detector detector;
  Bytes damaged = lcp();
  damaged[8] ^= 1;
  Bytes wrong = slip(datagram());
  wrong[10] ^= 1;
  for (const Bytes& bytes : {damaged, wrong, Bytes{'~', 'l', 'o', 'g', 'i', 'n', ':', '~', 0xC0, 'E', 0xC0}})
    EXPECT_EQ(detector.take(bytes, at(0s)), Heard::nothing);
  EXPECT_EQ(detector.speech(), Speech::unknown);
  EXPECT_FALSE(detector.understood());
}

TEST(Detector, ADeviceWithTheOtherProtocolTakesThePlaceOfTheFirst) {
  Detector detector;
  EXPECT_EQ(detector.take(slip(datagram()), at(0s)), Heard::another);
  EXPECT_EQ(detector.take(lcp(), at(1ms)), Heard::another);  // certain at once
  EXPECT_EQ(detector.speech(), Speech::ppp);
  EXPECT_EQ(detector.take(slip(datagram()), at(1s)), Heard::nothing);  // may be a part of a packet
  EXPECT_EQ(detector.take(slip(datagram()), at(1ms + Detector::kSilence)), Heard::another);
  EXPECT_EQ(detector.speech(), Speech::slip);
}

TEST(Detector, PacketsOfSlipWithinPppChangeNothing) {
  Detector detector;
  EXPECT_EQ(detector.take(lcp(), at(0s)), Heard::another);
  Bytes content = datagram(1000);
  const Bytes inner = slip(datagram());
  std::copy(inner.begin(), inner.end(), content.begin() + 100);
  for (Duration time = 0s; time < 30s; time += 1s)
    EXPECT_EQ(detector.take(ppp_datagram(content), at(time)), Heard::more);
  EXPECT_EQ(detector.speech(), Speech::ppp);
}

TEST(Detector, FramesOfPppWithinSlipChangeNothing) {
  Detector detector;
  Bytes content = datagram(1000);
  const Bytes inner = lcp();
  std::copy(inner.begin(), inner.end(), content.begin() + 100);
  EXPECT_EQ(detector.take(slip(content), at(0s)), Heard::another);
  for (Duration time = 1s; time < 30s; time += 3s)
    EXPECT_EQ(detector.take(slip(content), at(time)), Heard::more);
  EXPECT_EQ(detector.speech(), Speech::slip);
}

TEST(Detector, NoiseInFrontOfPppIsNoPacketOfSlip) {
  Detector detector;
  EXPECT_EQ(detector.take(slip(datagram()), at(0s)), Heard::another);
  Bytes bytes = ip::make_datagram(
      {.source = ip::Address::v6(1, 1), .destination = ip::Address::v6(1, 2), .protocol = ip::protocol::kUdp},
      Bytes(8));
  const Bytes frame = lcp();  // whose C0 ends what would be a packet of IPv6, with something behind it
  bytes.insert(bytes.end(), frame.begin(), frame.end());
  EXPECT_EQ(detector.take(bytes, at(Detector::kSilence)), Heard::another);
  EXPECT_EQ(detector.speech(), Speech::ppp);
}

TEST(Detector, WhatItHoldsIsBounded) {
  Detector detector;
  for (int i = 0; i < 100; ++i) detector.take(Bytes(1000, 'x'), at(0s));
  EXPECT_LE(detector.held().size(), Detector::kMostHeld);
}

}  // namespace
}  // namespace serialtcp::gateway
