// The model of a medium that both directions share.
#include "sim/shared_medium.h"

#include <gtest/gtest.h>

#include "sim/cable.h"

namespace serialtcp::sim {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart{1s};

CableConfig radio(SharedMediumConfig medium) {
  CableConfig config;
  config.a.baud = config.b.baud = 1'000'000;  // a byte in 10 us
  config.shared = medium;
  return config;
}

/// When each byte arrives at this end.
std::vector<Time> arrivals(Cable& cable, End end, Bytes* bytes = nullptr) {
  std::vector<Time> times;
  while (cable.next_arrival(end) != kNever) {
    const Time at = cable.next_arrival(end);
    Bytes out;
    cable.receive(end, at, out);
    for (std::size_t i = 0; i < out.size(); ++i) times.push_back(at);
    if (bytes != nullptr) bytes->insert(bytes->end(), out.begin(), out.end());
  }
  return times;
}

TEST(SharedMedium, TheAirIsAsFastAsItIs) {
  Cable cable(radio({.turn_round = 0ms, .air_rate = 1000}), 1);
  cable.send(End::a, Bytes(100, 7), kStart);
  const std::vector<Time> times = arrivals(cable, End::b);
  ASSERT_EQ(times.size(), 100U);
  EXPECT_EQ(times.back() - times.front(), 99ms);
}

TEST(SharedMedium, AModemDropsWhatDoesNotFit) {
  Cable cable(radio({.turn_round = 0ms, .air_rate = 1000, .buffer = 64}), 1);
  cable.send(End::a, Bytes(500, 7), kStart);
  const std::size_t arrived = arrivals(cable, End::b).size();
  EXPECT_GE(arrived, 64U);
  EXPECT_LE(arrived, 75U);
  EXPECT_EQ(cable.stats().shared.dropped, 500 - arrived);
}

TEST(SharedMedium, AModemWithFlowControlHoldsItsSenderBack) {
  Cable cable(radio({.turn_round = 0ms,
                     .air_rate = 1000,
                     .buffer = 64,
                     .overflow = SharedMediumConfig::Overflow::held}),
              1);
  cable.send(End::a, Bytes(500, 7), kStart);
  const std::vector<Time> times = arrivals(cable, End::b);
  EXPECT_EQ(times.size(), 500U);
  EXPECT_EQ(times.back() - times.front(), 499ms);
  EXPECT_EQ(cable.stats().shared.dropped, 0U);
}

TEST(SharedMedium, TalkersChangeAfterAQuantumAndEachChangeCosts) {
  Cable cable(radio({.turn_round = 30ms, .air_rate = 1000, .quantum = 20}), 1);
  cable.send(End::a, Bytes(40, 1), kStart);
  cable.send(End::b, Bytes(40, 2), kStart);
  const std::vector<Time> at_b = arrivals(cable, End::b);
  const std::vector<Time> at_a = arrivals(cable, End::a);
  ASSERT_EQ(at_a.size(), 40U);
  ASSERT_EQ(at_b.size(), 40U);
  EXPECT_EQ(cable.stats().shared.changes, 3U);
  EXPECT_EQ(at_b[20] - at_b[19], 81ms) << "20 bytes of the other end, two changes, and the byte itself";
}

TEST(SharedMedium, WhatTwoEndsSendOnTwoWiresIsDestroyed) {
  Cable cable(radio({.kind = SharedMediumConfig::Kind::two_wire, .turn_round = 0ms}), 1);
  cable.send(End::a, Bytes(10, 1), kStart);
  cable.send(End::b, Bytes(5, 2), kStart + 50us);
  EXPECT_EQ(arrivals(cable, End::b).size(), 5U);
  EXPECT_EQ(arrivals(cable, End::a).size(), 0U);
  EXPECT_EQ(cable.stats().shared.collided, 10U);
}

TEST(SharedMedium, ATalkerIsDeafForTheTurnRound) {
  Cable cable(radio({.kind = SharedMediumConfig::Kind::two_wire, .turn_round = 1ms}), 1);
  cable.send(End::a, Bytes(10, 1), kStart);
  cable.send(End::b, Bytes(200, 2), kStart + 100us);
  EXPECT_EQ(arrivals(cable, End::b).size(), 10U);
  EXPECT_EQ(arrivals(cable, End::a).size(), 100U);
}

TEST(SharedMedium, ATalkerMayHearItself) {
  SharedMediumConfig config{.kind = SharedMediumConfig::Kind::two_wire, .turn_round = 0ms};
  config.talker_hears = SharedMediumConfig::Hears::itself;
  Cable cable(radio(config), 1);
  cable.send(End::a, Bytes{1, 2, 3}, kStart);
  Bytes at_a;
  Bytes at_b;
  arrivals(cable, End::a, &at_a);
  arrivals(cable, End::b, &at_b);
  EXPECT_EQ(at_a, (Bytes{1, 2, 3}));
  EXPECT_EQ(at_b, (Bytes{1, 2, 3}));
}

}  // namespace
}  // namespace serialtcp::sim
