// Pace and Openings: what a line is given in advance, and what a device may open.
#include "gateway/pace.h"

#include <gtest/gtest.h>

#include "gateway/openings.h"
#include "ip/datagram_writer.h"

namespace serialtcp::gateway {
namespace {

using namespace std::chrono_literals;

TEST(Pace, GivesALineWhatItTakesAndAFewMillisecondsMore) {
  Pace pace;
  pace.set_rate(11'520);
  Time now = Time{} + 100s;
  std::size_t given = 0;
  for (; now < Time{} + 110s; now = std::max(now + 1us, pace.again(now))) {
    const std::size_t room = pace.room(now, 0);
    EXPECT_LE(room, 116U);
    pace.wrote(room, now);
    given += room;
  }
  EXPECT_GE(given, 115'200U);
  EXPECT_LE(given, 115'200U + 200U);
}

TEST(Pace, WhatTheDriverHasCounts) {
  Pace pace;
  pace.set_rate(11'520);
  EXPECT_EQ(pace.room(Time{} + 1s, 1000), 0U);
  EXPECT_EQ(pace.room(Time{} + 1s, 100), 15U);
}

TEST(Pace, ALineWithoutASpeedIsNotHeldBack) {
  const Pace pace;
  EXPECT_EQ(pace.room(Time{}, 5'000'000), Pace::kUnbounded);
}

Bytes packet(std::uint8_t protocol, std::uint16_t source_port, Byte flags,
             const ip::Address& source = ip::Address::v4(0x0A00020F)) {
  Bytes payload(20);
  payload[0] = static_cast<Byte>(source_port >> 8);
  payload[1] = static_cast<Byte>(source_port);
  payload[3] = 80;
  if (protocol == ip::protocol::kUdp) payload[5] = 20;
  if (protocol == ip::protocol::kTcp) payload[12] = 0x50;
  if (protocol == ip::protocol::kTcp) payload[13] = flags;
  const auto destination =
      source.is_v4() ? ip::Address::v4(0xC0000201) : ip::Address::v6(0x2001'0DB8'0000'0000, 1);
  return ip::make_datagram({.source = source, .destination = destination, .protocol = protocol}, payload);
}

bool admits(Openings& openings, const Bytes& bytes, std::size_t sockets, Time now) {
  return openings.admits(*ip::parse(bytes), sockets, 256, now);
}

TEST(Openings, AreLimitedAtOnceAndASecond) {
  Openings openings;
  const Time begin = Time{} + 100s;
  std::size_t admitted = 0;
  for (std::uint16_t i = 0; i < 10'000; ++i)
    admitted +=
        admits(openings, packet(ip::protocol::kTcp, i, ip::tcp_flag::kSyn), 0, begin + i * 100us) ? 1U : 0U;
  EXPECT_EQ(admitted, Openings::kAtOnce + Openings::kPerSecond - 1);
}

TEST(Openings, WhatBelongsToAConnectionPassesAlways) {
  Openings openings;
  EXPECT_TRUE(admits(openings, packet(ip::protocol::kTcp, 1, ip::tcp_flag::kAck), 256, Time{}));
  EXPECT_FALSE(admits(openings, packet(ip::protocol::kTcp, 1, ip::tcp_flag::kSyn), 256, Time{}));
  EXPECT_TRUE(admits(openings, packet(ip::protocol::kTcp, 1, ip::tcp_flag::kSyn), 255, Time{}));
}

TEST(Openings, ASenderOfDatagramsIsOneWhileItSends) {
  Openings openings;
  Time now = Time{} + 100s;
  const Bytes known = packet(ip::protocol::kUdp, 7, 0);
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(admits(openings, known, 1, now));
  // Names are looked up from another port each time, for as long as one likes.
  for (std::uint16_t port = 1000; port < 2000; ++port, now += 20ms) {
    EXPECT_TRUE(admits(openings, packet(ip::protocol::kUdp, port, 0), 1, now)) << port;
    EXPECT_TRUE(admits(openings, known, 256, now)) << port;
  }
  EXPECT_FALSE(
      admits(openings, packet(ip::protocol::kUdp, 1000, 0), 256, now));  // forgotten for the later ones
  EXPECT_FALSE(admits(openings, known, 256, now + Openings::kSenderLasts));
}

TEST(Openings, APortOfAnotherAddressIsAnotherSender) {
  Openings openings;
  const Time now = Time{} + 100s;
  std::size_t admitted = 0;
  for (std::uint32_t host = 1; host < 250; ++host) {
    for (const auto& source :
         {ip::Address::v4(0x0A000200 + host), ip::Address::v6(0xFD73'6572'6961'6C00, host)})
      admitted += admits(openings, packet(ip::protocol::kUdp, 7, 0, source), 1, now) ? 1U : 0U;
  }
  EXPECT_EQ(admitted, Openings::kAtOnce);
}

}  // namespace
}  // namespace serialtcp::gateway
