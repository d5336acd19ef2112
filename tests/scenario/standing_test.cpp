// Lines that stand for a minute in mid-transfer and lose nothing, such as networks that are congested and devices behind
// flow control; and very slow lines. What was in flight arrives afterwards: it is no damage, and no reason for a storm
// of probes.
#include "measures.h"

namespace serialtcp::test {
namespace {

enum class Stands : std::uint8_t { towards_b, towards_a, both_ways };

struct StandingCase {
  std::uint32_t baud;
  Stands stands;
  Duration for_so_long;
  Duration latency;
  bool sealed = false;
};

class Standing : public testing::TestWithParam<StandingCase> {
 protected:
  /// At intervals of a minute: the line is used for a while in between.
  static constexpr int kTimes = 2;

  WorldConfig config() const {
    WorldConfig config{.baud = GetParam().baud, .latency = GetParam().latency};
    if (GetParam().sealed) config.a_key = config.b_key = key_number(1);
    return config;
  }
  static std::array<End, 2> ends() { return {End::a, End::b}; }
  static bool is_held(End to) {
    return GetParam().stands == Stands::both_ways ||
           (GetParam().stands == Stands::towards_b) == (to == End::b);
  }
  /// At least the time of 6000 bytes: at 300 baud a frame takes seconds.
  static Duration measured() { return std::max<Duration>(20s, Duration(60'000s) / GetParam().baud); }
  /// At 300 baud it takes minutes until a rate that was lowered has grown again.
  static double full_again() { return GetParam().baud < 1200 ? 0.83 : 0.88; }
  /// More than the line carries to this end in the time that is measured.
  static std::uint64_t bytes_in(const World& world, End to) {
    const Duration flows = kTimes * (20s + measured() + (is_held(to) ? 0s : GetParam().for_so_long)) + 30s;
    return static_cast<std::uint64_t>(world.line_rate() * to_seconds(flows));
  }
  /// Of the line to b that is payload, while the other direction is full, too.
  static double fraction(World& world) {
    world.run_for(10s);
    Meter meter(world, End::b);
    meter.begin();
    world.run_for(measured());
    return meter.fraction();
  }
  static void stand(World& world) {
    for (const End to : ends())
      if (is_held(to)) world.pair().cable().hold_sender_to(to, world.now());
    world.run_for(GetParam().for_so_long);
    for (const End to : ends())
      if (is_held(to)) world.pair().cable().release_sender_to(to, world.now());
  }
};

TEST_P(Standing, LineLosesNothingAndIsFullAgain) {
  World world(config());
  world.start_both();
  world.bring_up(60s);
  // On a far line, sealed ends that begin at the same time send a few frames with keys that are not used in the end.
  world.run_for(GetParam().sealed ? 5s : 0s);
  const std::array damaged_before = {world.pair().at(End::a).stats().frames_damaged,
                                     world.pair().at(End::b).stats().frames_damaged};
  world.source_bytes = bytes_in(world, End::a);
  Socket& up = world.open(End::a, Behaviour::sink, bytes_in(world, End::b));
  Socket& down = world.open(End::a, Behaviour::source, 10);
  Socket& keys = world.open(End::b, Behaviour::echo, 200);
  const double before = fraction(world);
  for (int i = 0; i < kTimes; ++i) {
    if (i > 0) world.run_for(20s);
    stand(world);
  }
  const double after = fraction(world);
  EXPECT_GE(after, full_again() * before) << world.describe();
  ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 200s + 4 * measured())) << world.describe();
  EXPECT_TRUE(up.closed && down.closed && keys.closed) << world.describe();
  EXPECT_EQ(down.read, world.source_bytes);
  for (const End end : ends()) {
    EXPECT_EQ(world.pair().at(end).stats().frames_damaged, damaged_before.at(end == End::a ? 0 : 1))
        << world.describe();
    EXPECT_LE(static_cast<double>(world.pair().at(end).stats().probes_sent),
              1.5 * kTimes * to_seconds(GetParam().for_so_long))
        << world.describe();
    EXPECT_FALSE(world.heard_of(end, LinkDownReason::line_lost));
  }
}

std::string name_of(const testing::TestParamInfo<StandingCase>& info) {
  const auto& [baud, stands, for_so_long, latency, sealed] = info.param;
  const std::string way = stands == Stands::towards_b   ? "TowardsB"
                          : stands == Stands::towards_a ? "TowardsA"
                                                        : "BothWays";
  return std::to_string(baud) + "Baud" + way + std::to_string(for_so_long / 1s) + "s" +
         std::to_string(latency / 1ms) + "Ms" + (sealed ? "Sealed" : "");
}

INSTANTIATE_TEST_SUITE_P(At, Standing,
                         testing::Values(StandingCase{300, Stands::both_ways, 60s, 0ms},
                                         StandingCase{300, Stands::both_ways, 60s, 0ms, true},
                                         StandingCase{4800, Stands::towards_a, 60s, 0ms},
                                         StandingCase{4800, Stands::towards_a, 60s, 0ms, true},
                                         StandingCase{9600, Stands::towards_b, 60s, 0ms},
                                         StandingCase{9600, Stands::towards_b, 60s, 0ms, true},
                                         StandingCase{9600, Stands::both_ways, 60s, 1500ms},
                                         StandingCase{9600, Stands::both_ways, 60s, 1500ms, true},
                                         StandingCase{57600, Stands::both_ways, 60s, 0ms},
                                         StandingCase{57600, Stands::both_ways, 60s, 0ms, true},
                                         StandingCase{38400, Stands::towards_a, 25s, 300ms},
                                         StandingCase{38400, Stands::towards_a, 25s, 300ms, true},
                                         StandingCase{115200, Stands::towards_b, 60s, 20ms},
                                         StandingCase{115200, Stands::towards_b, 60s, 20ms, true}),
                         &name_of);

/// Of the line to b that is payload, `after` one way has stood for a minute. Nothing urgent waits behind bulk that the
/// driver has accepted meanwhile.
double full_after_standing(std::uint64_t seed, std::uint32_t baud, bool sealed) {
  WorldConfig config{.baud = baud, .seed = seed};
  if (sealed) config.a_key = config.b_key = key_number(1);
  World world(config);
  world.start_both();
  world.bring_up(10s);
  world.open(End::a, Behaviour::sink, 1ULL << 40);
  world.open(End::b, Behaviour::sink, 1ULL << 40);
  const auto part = [&] {
    world.run_for(10s);
    Meter meter(world, End::b);
    meter.begin();
    world.run_for(20s);
    return meter.fraction();
  };
  const double before = part();
  world.pair().cable().hold_sender_to(End::a, world.now());
  world.run_for(60s);
  world.pair().cable().release_sender_to(End::a, world.now());
  return part() / before;
}

TEST(StandingSlow, AcknowledgementsDoNotWaitBehindBulk) {
  for (const std::uint32_t baud : {2400U, 4800U}) {
    for (const bool sealed : {false, true}) {
      for (std::uint64_t seed = 1; seed <= 14; ++seed)
        EXPECT_GE(full_after_standing(seed, baud, sealed), 0.88)
            << baud << " baud, SEED " << seed << (sealed ? " sealed" : "");
    }
  }
}

TEST(VerySlowLine, OfThreeHundredBaudIsFullAndDamagesNothing) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    WorldConfig config{.baud = 300, .latency = seed % 2 == 0 ? 1500ms : 0ms};
    config.seed = seed;
    World world(config);
    world.start_both();
    world.bring_up(60s);
    const std::uint64_t before = world.pair().at(End::b).stats().frames_damaged;
    EXPECT_GE(goodput(world, End::a, 600s, 60s), 0.9) << seed << world.describe();
    EXPECT_EQ(world.pair().at(End::b).stats().frames_damaged, before) << seed << world.describe();
    EXPECT_LE(world.pair().at(End::a).stats().probes_sent, 3U) << seed << world.describe();
  }
}

}  // namespace
}  // namespace serialtcp::test
