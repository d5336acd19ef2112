// Lines on which only one end can talk at a time: radios and RS-485 with two wires, over a range of each. Exact
// here, since time is simulated.
#include <algorithm>
#include <numeric>
#include <string>

#include "measures.h"

namespace serialtcp::test {
namespace {

using Kind = sim::SharedMediumConfig::Kind;
using Hears = sim::SharedMediumConfig::Hears;
using Delivery = sim::SharedMediumConfig::Delivery;

struct Radio {
  std::uint32_t baud = 57600;
  std::uint32_t air = 2000;
  Duration turn_round = 30ms;
  std::size_t quantum = 512;
  std::size_t buffer = 1024;
  Duration latency{0};
  Delivery delivery = Delivery::bytes;
};

WorldConfig on(const Radio& radio, std::uint64_t seed = 1) {
  WorldConfig config;
  config.baud = radio.baud;
  config.seed = seed;
  config.latency = radio.latency;
  config.a_duplex = config.b_duplex = Duplex::half;
  config.shared = sim::SharedMediumConfig{.kind = Kind::radio,
                                          .turn_round = radio.turn_round,
                                          .air_rate = radio.air,
                                          .quantum = radio.quantum,
                                          .buffer = radio.buffer,
                                          .delivery = radio.delivery};
  return config;
}

std::string describe(const Radio& radio) {
  return std::to_string(radio.baud) + " baud, air " + std::to_string(radio.air) + " B/s, turn-round " +
         std::to_string(radio.turn_round / 1ms) + " ms, quantum " + std::to_string(radio.quantum) + ", buffer " +
         std::to_string(radio.buffer) + ", latency " + std::to_string(radio.latency / 1ms) + " ms";
}

double seconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1e9;
}

/// What 40 kB take, in bytes a second; 0 when it takes longer than `limit`.
double transfer(World& world, End from, std::uint64_t bytes, Duration limit) {
  const Time began = world.now();
  Socket& socket = world.open(from, Behaviour::sink, bytes);
  if (!world.run_until([&] { return socket.done(); }, limit)) return 0;
  return static_cast<double>(bytes) / seconds(world.now() - began);
}

class RadioGrid : public testing::TestWithParam<Radio> {};

TEST_P(RadioGrid, FortyKilobytesArriveAtSeventyPercentOfTheAir) {
  const Radio& radio = GetParam();
  World world(on(radio));
  world.start_both();
  world.bring_up(30s);
  const double least = 0.7 * radio.air;
  const double rate = transfer(world, End::a, 40'000, 4 * std::chrono::seconds(40'000 / radio.air + 20));
  EXPECT_GE(rate, least) << describe(radio) << " " << world.describe();
  std::printf("%s: %.2f lost %llu dropped %llu\n", describe(radio).c_str(), rate / radio.air,
              (unsigned long long)world.pair().at(End::a).stats().frames_lost, (unsigned long long)world.pair().cable().stats().shared.dropped);
}

std::vector<Radio> radios() {
  std::vector<Radio> all;
  for (const std::uint32_t air : {300U, 2000U, 11000U})
    for (const Duration turn_round : {5ms, 30ms, 250ms})
      for (const std::size_t quantum : {64U, 512U})
        for (const std::size_t buffer : {256U, 1024U, 4096U})
          all.push_back({.baud = air > 5000 ? 115200U : 57600U,
                         .air = air,
                         .turn_round = turn_round,
                         .quantum = quantum,
                         .buffer = buffer});
  return all;
}

INSTANTIATE_TEST_SUITE_P(All, RadioGrid, testing::ValuesIn(radios()));

struct TwoWire {
  std::uint32_t baud = 57600;
  Duration turn_round = 1ms;
  Hears hears = Hears::nothing;
};

WorldConfig on(const TwoWire& wires, std::uint64_t seed = 1) {
  WorldConfig config;
  config.baud = wires.baud;
  config.seed = seed;
  config.a_duplex = config.b_duplex = Duplex::half;
  config.shared = sim::SharedMediumConfig{
      .kind = Kind::two_wire, .turn_round = wires.turn_round, .talker_hears = wires.hears};
  return config;
}

class TwoWireGrid : public testing::TestWithParam<TwoWire> {};

TEST_P(TwoWireGrid, GoodputIsSeventyPercentOfTheLine) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    World world(on(GetParam(), seed));
    world.start_both();
    const Duration up = world.bring_up(30s);
    const double fraction = goodput(world, End::a, 30s, 10s);
    EXPECT_GE(fraction, 0.7) << world.describe();
    std::printf("%u baud tr %lld hears %d seed %d: up %.2f %.2f collided %llu\n", GetParam().baud, (long long)(GetParam().turn_round/1us), (int)GetParam().hears, (int)seed, seconds(up), fraction,
     (unsigned long long)world.pair().cable().stats().shared.collided);
  }
}

std::vector<TwoWire> two_wires() {
  std::vector<TwoWire> all;
  for (const std::uint32_t baud : {9600U, 57600U, 115200U})
    for (const Duration turn_round : {0us, 100us, 5000us, 50000us, 250000us})
      for (const Hears hears : {Hears::nothing, Hears::itself})
        all.push_back({.baud = baud, .turn_round = turn_round, .hears = hears});
  return all;
}

INSTANTIATE_TEST_SUITE_P(All, TwoWireGrid, testing::ValuesIn(two_wires()));

TEST(HalfDuplex, EchoBesideBulk) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    for (const std::size_t quantum : {64U, 512U}) {
      World world(on(Radio{.quantum = quantum}, seed));
      world.start_both();
      world.bring_up(30s);
      world.open(End::b, Behaviour::sink, 1ULL << 40);
      world.run_for(5s);
      const EchoTimes times = echo_times(world, 60, 300ms);
      std::printf("echo beside bulk from b: median %.3f p99 %.3f worst %.3f\n", seconds(times.median), seconds(times.p99), seconds(times.worst));
    }
  }
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    World world(on(Radio{}, seed));
    world.start_both();
    world.bring_up(30s);
    const EchoTimes idle = echo_times(world, 60, 300ms);
    std::printf("echo idle: median %.3f p99 %.3f worst %.3f\n", seconds(idle.median), seconds(idle.p99), seconds(idle.worst));
    world.open(End::a, Behaviour::sink, 1ULL << 40);
    world.run_for(5s);
    const EchoTimes times = echo_times(world, 60, 300ms);
    std::printf("echo beside bulk from a: median %.3f p99 %.3f worst %.3f\n", seconds(times.median), seconds(times.p99), seconds(times.worst));
    const auto before = world.pair().at(End::a).stats().wire_bytes_sent;
    (void)before;
  }
}

}  // namespace
}  // namespace serialtcp::test
