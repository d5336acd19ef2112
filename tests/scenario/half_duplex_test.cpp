// Lines on which only one end can send at a time: radios and RS-485 with two wires, over a range of
// parameters. The results are exact, since time is simulated.
#include <algorithm>
#include <string>

#include "measures.h"

namespace serialtcp::test {
namespace {

using Kind = sim::SharedMediumConfig::Kind;
using Overflow = sim::SharedMediumConfig::Overflow;
using Hears = sim::SharedMediumConfig::Hears;

struct Radio {
  std::uint32_t baud = 57600;
  std::uint32_t air = 2000;
  Duration turn_round = 30ms;
  std::size_t quantum = 512;
  std::size_t buffer = 1024;
  Duration latency{0};
  Overflow overflow = Overflow::dropped;
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
                                          .overflow = radio.overflow};
  return config;
}

std::string describe(const Radio& radio) {
  return std::to_string(radio.baud) + " baud, air " + std::to_string(radio.air) + " B/s, turn-round " +
         std::to_string(radio.turn_round / 1ms) + " ms, quantum " + std::to_string(radio.quantum) +
         ", buffer " + std::to_string(radio.buffer) + ", latency " + std::to_string(radio.latency / 1ms) +
         " ms";
}

/// The name of the test for this parameter.
std::string name_of(const testing::TestParamInfo<Radio>& info) {
  const Radio& radio = info.param;
  return std::to_string(radio.baud) + "BaudAir" + std::to_string(radio.air) + "Turn" +
         std::to_string(radio.turn_round / 1ms) + "MsQuantum" + std::to_string(radio.quantum) + "Buffer" +
         std::to_string(radio.buffer) + "Latency" + std::to_string(radio.latency / 1ms) + "Ms" +
         (radio.overflow == Overflow::held ? "Held" : "");
}

double seconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1e9;
}

/// Bytes per second of a whole transfer; 0 if it takes longer than `limit`.
double transfer(World& world, End from, std::uint64_t bytes, Duration limit) {
  const Time began = world.now();
  Socket& socket = world.open(from, Behaviour::sink, bytes);
  if (!world.run_until([&] { return socket.done(); }, limit)) return 0;
  return static_cast<double>(bytes) / seconds(world.now() - began);
}

/// Payload received at the other end in this time, in bytes per second.
double steady_rate(World& world, End from, Duration warm_up, Duration over) {
  world.open(from, Behaviour::sink, 1ULL << 40);
  world.run_for(warm_up);
  const auto received = [&] { return world.pair().at(sim::other(from)).stats().payload_bytes_received; };
  const std::uint64_t before = received();
  world.run_for(over);
  return static_cast<double>(received() - before) / seconds(over);
}

class HalfDuplexRadio : public testing::TestWithParam<Radio> {};

TEST_P(HalfDuplexRadio, FortyKilobytesTakeNoLongerThanSeventyPercentOfTheAirWould) {
  const Radio& radio = GetParam();
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    World world(on(radio, seed));
    world.start_both();
    world.bring_up(30s);
    const End from = seed % 2 == 0 ? End::a : End::b;
    const double rate = transfer(world, from, 40'000, std::chrono::seconds(400));
    EXPECT_GE(rate, 0.7 * radio.air) << describe(radio) << " SEED " << seed << " " << world.describe();
  }
}

std::vector<Radio> radios() {
  std::vector<Radio> all;
  for (const std::uint32_t air : {300U, 2000U}) {
    for (const Duration turn_round : {5ms, 30ms}) {
      for (const std::size_t quantum : {32U, 64U, 512U}) {
        for (const std::size_t buffer : {256U, 1024U, 4096U}) {
          all.push_back({.air = air, .turn_round = turn_round, .quantum = quantum, .buffer = buffer});
        }
      }
    }
  }
  for (const std::uint32_t baud : {9600U, 38400U, 115200U}) all.push_back({.baud = baud, .air = 800});
  all.push_back({.latency = 20ms});
  all.push_back({.latency = 100ms});
  all.push_back({.overflow = Overflow::held});
  all.push_back({.air = 300, .buffer = 256, .overflow = Overflow::held});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Grid, HalfDuplexRadio, testing::ValuesIn(radios()), name_of);

// Where a change of turns takes long, or the line is fast, 40 kB are transferred before the ends have learned
// this.
class HalfDuplexRadioInTheLongRun : public testing::TestWithParam<Radio> {};

TEST_P(HalfDuplexRadioInTheLongRun, CarriesSeventyPercentOfTheAir) {
  const Radio& radio = GetParam();
  World world(on(radio));
  world.start_both();
  world.bring_up(30s);
  EXPECT_GE(steady_rate(world, End::a, 40s, 60s), 0.7 * radio.air) << describe(radio) << world.describe();
}

INSTANTIATE_TEST_SUITE_P(
    Grid, HalfDuplexRadioInTheLongRun,
    testing::Values(Radio{.air = 300, .turn_round = 250ms, .buffer = 256},
                    Radio{.air = 2000, .turn_round = 250ms},
                    Radio{.air = 2000, .turn_round = 250ms, .buffer = 4096},
                    Radio{.baud = 115200, .air = 5000, .turn_round = 30ms},
                    Radio{.baud = 115200, .air = 11000, .turn_round = 5ms, .buffer = 256},
                    Radio{.baud = 115200, .air = 11000, .turn_round = 30ms},
                    Radio{.air = 300, .turn_round = 5ms, .quantum = 32, .latency = 300ms},
                    Radio{.quantum = 64, .buffer = 256, .latency = 100ms},
                    Radio{.turn_round = 200ms, .buffer = 256, .latency = 300ms},
                    Radio{.air = 5500, .turn_round = 200ms, .buffer = 256, .latency = 300ms},
                    Radio{.air = 5500, .quantum = 32, .buffer = 8192, .latency = 100ms},
                    Radio{.turn_round = 200ms, .latency = 300ms, .overflow = Overflow::held}),
    name_of);

TEST(HalfDuplex, AnEchoBesideBulkTakesNoLongerThanThreeTurns) {
  for (const std::size_t quantum : {64U, 512U}) {
    for (const End bulk : {End::a, End::b}) {
      for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        World world(on(Radio{.quantum = quantum}, seed));
        world.start_both();
        world.bring_up(30s);
        world.open(bulk, Behaviour::sink, 1ULL << 40);
        world.run_for(5s);
        const EchoTimes times = echo_times(world, 60, 300ms);
        // A turn of this line lasts 0.3 s while sparse data is sent, 0.45 s otherwise.
        EXPECT_LE(times.median, 450ms) << "SEED " << seed;
        EXPECT_LE(times.worst, 900ms) << "SEED " << seed;
      }
    }
  }
}

TEST(HalfDuplex, AnIdleEchoTakesTwoTurnRounds) {
  World world(on(Radio{}));
  world.start_both();
  world.bring_up(30s);
  const EchoTimes times = echo_times(world, 60, 300ms);
  EXPECT_LE(times.median, 130ms);
  EXPECT_LE(times.worst, 300ms);
}

TEST(HalfDuplex, AnIdleLinkIsSilent) {
  for (const bool radio : {true, false}) {
    WorldConfig config = on(Radio{});
    if (!radio) config.shared = sim::SharedMediumConfig{.kind = Kind::two_wire, .turn_round = 1ms};
    World world(config);
    world.start_both();
    world.bring_up(30s);
    world.run_for(10s);
    const auto sent = [&] {
      return world.pair().at(End::a).stats().wire_bytes_sent +
             world.pair().at(End::b).stats().wire_bytes_sent;
    };
    const std::uint64_t before = sent();
    world.run_for(600s);
    EXPECT_LE(sent() - before, 100U);
  }
}

TEST(HalfDuplex, BothWaysShareTheAir) {
  World world(on(Radio{}));
  world.start_both();
  world.bring_up(30s);
  for (const End end : {End::a, End::b}) world.open(end, Behaviour::sink, 1ULL << 40);
  world.run_for(10s);
  const auto received = [&](End end) { return world.pair().at(end).stats().payload_bytes_received; };
  const std::uint64_t a = received(End::a);
  const std::uint64_t b = received(End::b);
  world.run_for(60s);
  const double at_a = static_cast<double>(received(End::a) - a) / 60;
  const double at_b = static_cast<double>(received(End::b) - b) / 60;
  EXPECT_GE(at_a + at_b, 0.7 * 2000);
  EXPECT_GE(std::min(at_a, at_b), 0.3 * 2000);
}

TEST(HalfDuplex, SurvivesNoise) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    WorldConfig config = on(Radio{}, seed);
    config.faults.ber = 1e-4;
    World world(config);
    world.start_both();
    world.bring_up(60s);
    Socket& up = world.open(End::a, Behaviour::sink, 20'000);
    Socket& echo = world.open(End::b, Behaviour::echo, 5'000);
    EXPECT_TRUE(world.run_until([&] { return up.done() && echo.done(); }, 120s))
        << "SEED " << seed << " " << world.describe();
  }
}

TEST(HalfDuplex, OneEndFollowsTheOther) {
  for (const End knows : {End::a, End::b}) {
    for (const bool sealed : {false, true}) {
      WorldConfig config = on(Radio{});
      (knows == End::a ? config.b_duplex : config.a_duplex) = Duplex::automatic;
      if (sealed) config.a_key = config.b_key = key_number(3);
      World world(config);
      world.start_both();
      world.bring_up(30s);
      EXPECT_GE(transfer(world, End::a, 40'000, 80s), 0.7 * 2000) << world.describe();
      EXPECT_GE(transfer(world, End::b, 40'000, 80s), 0.7 * 2000) << world.describe();
    }
  }
}

TEST(HalfDuplex, ASealedLinkCarriesAsMuch) {
  for (const std::uint32_t air : {300U, 2000U}) {
    WorldConfig config = on(Radio{.air = air});
    config.a_key = config.b_key = key_number(3);
    World world(config);
    world.start_both();
    world.bring_up(30s);
    EXPECT_GE(transfer(world, End::a, 40'000, 400s), 0.7 * air) << world.describe();
  }
}

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

class HalfDuplexTwoWire : public testing::TestWithParam<TwoWire> {};

TEST_P(HalfDuplexTwoWire, CarriesSeventyPercentOfTheLineWithoutTrouble) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    World world(on(GetParam(), seed));
    world.start_both();
    world.bring_up(30s);
    EXPECT_GE(goodput(world, seed % 2 == 0 ? End::a : End::b, 30s, 10s), 0.7) << world.describe();
    for (const End end : {End::a, End::b}) EXPECT_FALSE(world.heard_of(end, LineTrouble::echo));
  }
}

std::vector<TwoWire> two_wires() {
  std::vector<TwoWire> all;
  for (const std::uint32_t baud : {9600U, 57600U, 115200U}) {
    for (const Duration turn_round : {Duration{0}, Duration{100us}, Duration{5ms}}) {
      for (const Hears hears : {Hears::nothing, Hears::itself}) {
        all.push_back({.baud = baud, .turn_round = turn_round, .hears = hears});
      }
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Grid, HalfDuplexTwoWire, testing::ValuesIn(two_wires()), [](const auto& p) {
  return std::to_string(p.param.baud) + "BaudTurn" + std::to_string(p.param.turn_round / 1us) + "Us" +
         (p.param.hears == Hears::itself ? "HearsItself" : "Deaf");
});

/// Whether an echo was reported although a peer was heard. Without a peer, an echo is a fault.
bool echo_was_told_beside_a_peer(const World& world, End end) {
  bool up = false;
  for (const Event& event : world.line_events(end)) {
    if (std::holds_alternative<event::LinkUp>(event)) up = true;
    const auto* troubled = std::get_if<event::LineTroubled>(&event);
    if (up && troubled != nullptr && troubled->trouble == LineTrouble::echo) return true;
  }
  return false;
}

// Without the option: an end that receives its own frames together with those of the other end shares a
// medium with it.
TEST(HalfDuplex, WiresOnWhichAnEndHearsItselfAreDetected) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    WorldConfig config = on(TwoWire{.hears = Hears::itself}, seed);
    config.a_duplex = config.b_duplex = Duplex::automatic;
    World world(config);
    world.start_both();
    world.bring_up(30s);
    EXPECT_GE(goodput(world, End::a, 30s, 10s), 0.7) << "SEED " << seed << " " << world.describe();
    EXPECT_TRUE(world.heard_of(End::a, LineTrouble::half_duplex) ||
                world.heard_of(End::b, LineTrouble::half_duplex));
    for (const End end : {End::a, End::b}) EXPECT_FALSE(echo_was_told_beside_a_peer(world, end));
  }
}

bool found(const World& world) {
  return world.heard_of(End::a, LineTrouble::half_duplex) || world.heard_of(End::b, LineTrouble::half_duplex);
}

/// Without the option: bytes vanish where both ends send.
void expect_detected(const WorldConfig& config, const std::string& what) {
  World world(config);
  world.start_both();
  world.bring_up(30s);
  const End from = config.seed % 2 == 0 ? End::a : End::b;
  world.open(from, Behaviour::sink, 1ULL << 40);
  EXPECT_TRUE(world.run_until([&] { return found(world); }, 15s)) << what << world.describe();
  world.run_for(30s);
  const auto received = [&] { return world.pair().at(sim::other(from)).stats().payload_bytes_received; };
  const std::uint64_t before = received();
  world.run_for(20s);
  const double carries = config.shared->kind == Kind::radio ? config.shared->air_rate : world.line_rate();
  EXPECT_GE(static_cast<double>(received() - before) / 20, 0.7 * carries) << what << world.describe();
}

TEST(HalfDuplex, ARadioIsDetectedWithinSeconds) {
  for (const std::size_t quantum : {64U, 512U}) {
    for (const std::size_t buffer : {256U, 1024U}) {
      for (const Duration turn_round : {30ms, 100ms}) {
        for (std::uint64_t seed = 1; seed <= 2; ++seed) {
          const Radio radio{.turn_round = turn_round, .quantum = quantum, .buffer = buffer};
          WorldConfig config = on(radio, seed);
          config.a_duplex = config.b_duplex = Duplex::automatic;
          expect_detected(config, describe(radio));
        }
      }
    }
  }
}

class DeafTalkers : public testing::TestWithParam<TwoWire> {};

TEST_P(DeafTalkers, AreDetectedWithinSeconds) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    WorldConfig config = on(GetParam(), seed);
    config.a_duplex = config.b_duplex = Duplex::automatic;
    expect_detected(config, std::to_string(GetParam().baud) + " baud, two wires ");
  }
}

std::vector<TwoWire> deaf_talkers() {
  std::vector<TwoWire> all;
  for (const std::uint32_t baud : {9600U, 38400U, 57600U, 115200U}) {
    for (const Duration turn_round : {Duration{100us}, Duration{1ms}, Duration{3ms}, Duration{10ms}})
      all.push_back({.baud = baud, .turn_round = turn_round});
  }
  all.push_back({.baud = 921600, .turn_round = 100us});
  all.push_back({.baud = 921600, .turn_round = 2ms});
  return all;
}

INSTANTIATE_TEST_SUITE_P(HalfDuplex, DeafTalkers, testing::ValuesIn(deaf_talkers()), [](const auto& p) {
  return std::to_string(p.param.baud) + "BaudTurn" + std::to_string(p.param.turn_round / 1us) + "Us";
});

// What vanishes is then a smaller part.
TEST(HalfDuplex, ARadioThatIsNearlyAsFastAsItsPortIsDetected) {
  for (const std::uint32_t air : {3000U, 3500U, 4000U}) {
    for (const std::size_t buffer : {1024U, 2048U}) {
      WorldConfig config = on(Radio{.air = air, .turn_round = 5ms, .buffer = buffer});
      config.a_duplex = config.b_duplex = Duplex::automatic;
      World world(config);
      world.start_both();
      world.bring_up(30s);
      EXPECT_GE(steady_rate(world, End::b, 30s, 60s), 0.7 * air) << air << " " << buffer << world.describe();
      EXPECT_TRUE(found(world));
    }
  }
}

std::ptrdiff_t times_found(const World& world) {
  std::ptrdiff_t times = 0;
  for (const End end : {End::a, End::b}) {
    times += std::ranges::count_if(world.line_events(end), [](const Event& event) {
      const auto* troubled = std::get_if<event::LineTroubled>(&event);
      return troubled != nullptr && troubled->trouble == LineTrouble::half_duplex;
    });
  }
  return times;
}

// A wrong conclusion ends with the link, so a right one is drawn again.
TEST(HalfDuplex, IsDetectedAnewOnEachLink) {
  WorldConfig config = on(Radio{.turn_round = 30ms, .quantum = 64, .buffer = 1024}, 1);
  config.a_duplex = config.b_duplex = Duplex::automatic;
  World world(config);
  world.start_both();
  world.bring_up(30s);
  world.open(End::a, Behaviour::sink, 1ULL << 40);
  ASSERT_TRUE(world.run_until([&] { return times_found(world) == 1; }, 30s)) << world.describe();
  world.restart(End::b);
  world.run_for(1s);
  world.bring_up(60s);
  world.open(End::a, Behaviour::sink, 1ULL << 40);
  EXPECT_TRUE(world.run_until([&] { return times_found(world) == 2; }, 30s)) << world.describe();
}

std::vector<WorldConfig> ordinary_lines() {
  std::vector<WorldConfig> all(7);
  all[1].faults = {.ber = 1e-4, .drop = 1e-5, .insert = 1e-5, .duplicate = 1e-5};
  all[2].faults = {.ber = 1e-3, .drop = 1e-4, .insert = 1e-4, .duplicate = 1e-4};
  all[3].faults = {.burst = 1e-3, .burst_length = 40};
  all[4].faults = {.ber = 1e-4};
  all[4].lumps = {.every = 60ms, .jitter = 0.5};
  all[5].faults = {.ber = 1e-4};
  all[5].latency = 300ms;
  // Slower than the port's nominal rate, because of flow control or a converter.
  all[6].faults = {.ber = 1e-3};
  all[6].nominal_rate = 11520;
  return all;
}

TEST(HalfDuplex, NoOrdinaryLineIsTakenForOne) {
  const std::vector<WorldConfig> lines = ordinary_lines();
  for (std::size_t line = 0; line < lines.size(); ++line) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      WorldConfig config = lines[line];
      config.seed = seed;
      config.baud = seed % 4 == 0 ? 115200 : 38400;
      World world(config);
      world.start_both();
      world.bring_up(30s);
      for (const End end : {End::a, End::b}) world.open(end, Behaviour::sink, 1ULL << 40);
      world.run_for(20s);
      EXPECT_FALSE(found(world)) << "line " << line << " SEED " << seed << " " << world.describe();
    }
  }
}

TEST(HalfDuplex, ACutLineIsNotTakenForOne) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    WorldConfig config;
    config.seed = seed;
    config.baud = 38400;
    World world(config);
    world.start_both();
    world.bring_up(30s);
    for (const End end : {End::a, End::b}) world.open(end, Behaviour::sink, 1ULL << 40);
    for (int i = 0; i < 3; ++i) {
      world.run_for(8s);
      world.pair().cable().cut(world.now());
      world.run_for(2s);
      world.pair().cable().join(world.now());
    }
    world.run_for(8s);
    EXPECT_FALSE(found(world)) << "SEED " << seed;
  }
}

}  // namespace
}  // namespace serialtcp::test
