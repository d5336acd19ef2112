// The speed of the line is raised while it is in use: on a good cable, on cables and ports that can less, with ends that are
// killed, stopped, unplugged at any moment. No byte is lost or doubled (World checks each), and nothing stays stuck.
#include <algorithm>
#include <cmath>
#include <utility>

#include "base/prng.h"

#include "climbing.h"

namespace serialtcp::test {
namespace {

TEST(Climb, AGoodCableIsAtThreeMillionWithinThreeSecondsInMidTransfer) {
  World world(climbing());
  world.start_both();
  world.bring_up();
  Socket& there = world.open(End::a, Behaviour::sink, 2'000'000);
  Socket& back = world.open(End::b, Behaviour::sink, 2'000'000);
  EXPECT_TRUE(world.run_until([&] { return both_at(world, 3000000); }, 3s)) << history(world);
  EXPECT_TRUE(world.run_until([&] { return there.done() && back.done(); }, 25s)) << world.describe();
  EXPECT_FALSE(there.reset || back.reset);
  EXPECT_TRUE(both_at(world, 3000000));
  world.run_for(3s);
  for (const End end : {End::a, End::b}) {
    EXPECT_EQ(told(world, end, event::LineSpeed::What::settled), 1U);
    EXPECT_EQ(told(world, end, event::LineSpeed::What::lost), 0U);
    EXPECT_EQ(told(world, end, event::LineSpeed::What::kept), 0U);
  }
  world.expect_quiet();
  world.expect_balance();
}

TEST(Climb, AnIdleLineClimbsToo) {
  World world(climbing());
  world.start_both();
  world.bring_up();
  EXPECT_TRUE(world.run_until([&] { return both_at(world, 3000000); }, 6s));
  world.run_for(120s);
  EXPECT_TRUE(both_at(world, 3000000));
}

TEST(Climb, WithoutTheOtherEndNothingHappens) {
  WorldConfig config = climbing();
  config.b_speeds.reset();
  World world(config);
  world.start_both();
  world.bring_up();
  Changes changes(world);
  Socket& there = world.open(End::a, Behaviour::sink, 200'000);
  EXPECT_TRUE(world.run_until([&] { return changes.look(), there.done(); }, 60s));
  EXPECT_EQ(changes.count(), 0);
}

TEST(Climb, ACableThatCanDoNoMoreCostsLessThanAHundredth) {
  constexpr Duration kMinute = 60s;
  const auto carried = [&](bool climbs) {
    WorldConfig config = climbing();
    if (!climbs) config.a_speeds.reset();
    World world(config);
    limit(world, kBase, kBase);
    world.start_both();
    world.bring_up();
    Socket& there = world.open(End::a, Behaviour::sink, 2'000'000);
    Socket& back = world.open(End::b, Behaviour::sink, 2'000'000);
    Time last = world.now();
    Duration pause{};
    std::uint64_t before = 0;
    const Time end = world.now() + kMinute;
    world.run_until(
        [&] {
          if (there.partner != nullptr && there.partner->read != std::exchange(before, there.partner->read)) {
            if (before > 0) pause = std::max(pause, world.now() - last);
            last = world.now();
          }
          return world.now() >= end;
        },
        kMinute);
    EXPECT_LE(pause, 400ms) << "an attempt that is in vain, and a frame that was cut by it";
    return there.partner->read + back.partner->read;
  };
  const std::uint64_t plain = carried(false);
  const std::uint64_t climbing_too = carried(true);
  EXPECT_GE(static_cast<double>(climbing_too), 0.99 * static_cast<double>(plain)) << plain;
}

TEST(Climb, AKeyWaitsAtMostOneAndAHalfSeconds) {
  World world(climbing());
  limit(world, 921600, 230400);
  world.start_both();
  world.bring_up();
  world.open(End::a, Behaviour::sink, 1'000'000);
  Socket& keys = world.open(End::b, Behaviour::echo, 1, World::Then::stay_open);
  for (int i = 0; i < 400; ++i) {
    const std::uint64_t before = keys.read;
    const Time typed = world.now();
    world.write(End::b, keys, 1);
    ASSERT_TRUE(world.run_until([&] { return keys.read > before; }, 1500ms)) << i;
    world.run_until([] { return false; }, std::max(Duration{}, 50ms - (world.now() - typed)));
  }
}

TEST(Climb, TheFastestSpeedThatWorksIsKeptInBothDirections) {
  World world(climbing());
  limit(world, 0, 1000000);
  world.start_both();
  world.bring_up();
  world.open(End::a, Behaviour::sink, 2'000'000);
  world.run_for(30s);
  EXPECT_TRUE(both_at(world, 1000000)) << history(world);
}

TEST(Climb, ASpeedAtWhichMuchIsLostIsNotWorthIt) {
  World world(climbing());
  limit(world, 740000, 740000);
  world.start_both();
  world.bring_up();
  world.open(End::a, Behaviour::sink, 5'000'000);
  world.open(End::b, Behaviour::sink, 5'000'000);
  world.run_for(25s);
  EXPECT_LE(world.pair().speed(End::a), 576000U) << history(world);
  EXPECT_GE(world.pair().speed(End::a), 460800U) << history(world);
  EXPECT_GE(
      told(world, End::a, event::LineSpeed::What::poor) + told(world, End::b, event::LineSpeed::What::poor),
      1U);
}

TEST(Climb, WhatGetsWorseLaterIsLeftAndTriedAgainLater) {
  World world(climbing());
  world.start_both();
  world.bring_up();
  world.open(End::a, Behaviour::sink, 100'000'000);
  world.open(End::b, Behaviour::sink, 100'000'000);
  ASSERT_TRUE(world.run_until([&] { return both_at(world, 3000000); }, 5s));
  world.run_for(2s);
  limit(world, 500000, 500000);
  world.run_for(40s);
  EXPECT_LE(world.pair().speed(End::a), 576000U);
  EXPECT_GE(world.pair().speed(End::a), 230400U) << history(world);
  EXPECT_EQ(world.pair().speed(End::a), world.pair().speed(End::b));
  limit(world, 0, 0);
  EXPECT_TRUE(world.run_until([&] { return both_at(world, 3000000); }, 300s)) << history(world);
}

TEST(Climb, WhatAPortCannotDoIsLeftOut) {
  World world(climbing());
  using Then = sim::SpeedRule::Then;
  world.pair().cable().set_uart(End::a, {.rules = {{3000000, 3000000, Then::refuses, 0}}}, world.now());
  world.pair().cable().set_uart(
      End::b,
      {.rules = {{2500000, 2500000, Then::takes, 2000000}, {2000000, 2000000, Then::divides, 1800000}}},
      world.now());
  world.start_both();
  world.bring_up();
  world.open(End::a, Behaviour::sink, 3'000'000);
  world.run_for(40s);
  EXPECT_TRUE(both_at(world, 1500000)) << history(world);
  EXPECT_EQ(told(world, End::a, event::LineSpeed::What::left_out), 1U);
  EXPECT_EQ(told(world, End::b, event::LineSpeed::What::left_out), 1U)
      << "the other one says that it is right";
}

TEST(Climb, ARestartedPeerIsFoundWithinTwoSeconds) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    World world(climbing(seed));
    world.start_both();
    world.bring_up();
    ASSERT_TRUE(world.run_until([&] { return both_at(world, 3000000); }, 8s));
    world.run_for(seed * 37ms);
    const End end = seed % 2 == 0 ? End::a : End::b;
    world.restart(end);
    const auto found = [&] { return world.pair().at(End::a).link_up() && world.pair().at(End::b).link_up(); };
    world.run_until([&] { return world.heard_of(sim::other(end), LinkDownReason::peer_restarted); }, 2s);
    EXPECT_TRUE(world.run_until(found, 500ms)) << seed;
    world.expect_transfer(100'000, 20s);
  }
}

TEST(Climb, AStandingLineAndAStoppedEndLoseNothing) {
  World world(climbing());
  world.start_both();
  world.bring_up();
  Socket& there = world.open(End::a, Behaviour::sink, 2'500'000);
  Socket& back = world.open(End::b, Behaviour::sink, 2'500'000);
  for (int i = 0; i < 6; ++i) {
    world.run_for(1700ms);
    const End end = i % 2 == 0 ? End::a : End::b;
    world.pair().suspend(end);
    world.run_for(3s);
    world.pair().resume(end);
  }
  EXPECT_TRUE(world.run_until([&] { return there.done() && back.done(); }, 120s))
      << history(world) << world.describe();
  EXPECT_FALSE(there.reset || back.reset);
  EXPECT_TRUE(world.run_until([&] { return both_at(world, 3000000); }, 120s)) << history(world);
}

TEST(Climb, ASealedLinkClimbs) {
  WorldConfig config = climbing();
  config.a_key = config.b_key = key_number(1);
  World world(config);
  world.start_both();
  world.bring_up();
  world.expect_transfer(1'000'000, 60s);
  EXPECT_TRUE(both_at(world, 3000000));
}

TEST(Climb, AHalfDuplexLineIsLeftAsItIs) {
  WorldConfig config = climbing();
  config.a_duplex = config.b_duplex = Duplex::half;
  World world(config);
  world.start_both();
  world.bring_up(5s);
  Changes changes(world);
  Socket& there = world.open(End::a, Behaviour::sink, 100'000);
  EXPECT_TRUE(world.run_until([&] { return changes.look(), there.done(); }, 60s));
  EXPECT_EQ(changes.count(), 0);
}

// ---- Whatever the cable can, and whatever happens ----

class ClimbSoak : public testing::TestWithParam<int> {
 protected:
  static constexpr int kSeeds = 20;

  /// What somebody does to one end: kills its program, stops it, pulls its plug.
  static void happen(World& world, base::Prng& random) {
    const End end = random.chance(0.5) ? End::a : End::b;
    const auto ms = [&](std::uint64_t least, std::uint64_t most) {
      return std::chrono::milliseconds(least + random.below(most - least));
    };
    switch (random.below(4)) {
      case 0:
        return world.restart(end);
      case 1:
        world.pair().suspend(end);
        world.run_for(ms(50, 4000));
        return world.pair().resume(end);
      case 2:
        world.pair().unplug(end);
        world.run_for(ms(50, 3000));
        return world.pair().plug(end);
      default:
        world.pair().cable().cut(world.now());
        world.run_for(ms(50, 3000));
        return world.pair().cable().join(world.now());
    }
  }

  static std::uint32_t some_limit(base::Prng& random) {
    return random.chance(0.3) ? 0 : static_cast<std::uint32_t>(kBase * std::pow(28.0, random.unit()) * 1.05);
  }
};

TEST_P(ClimbSoak, NothingIsLostAndTheSpeedIsWithinOneStepOfTheBest) {
  for (int i = 0; i < kSeeds; ++i) {
    const auto seed = static_cast<std::uint64_t>(GetParam() * kSeeds + i + 1);
    SCOPED_TRACE(seed);
    base::Prng random(seed);
    World world(climbing(seed));
    const std::uint32_t there = some_limit(random);
    const std::uint32_t back = random.chance(0.5) ? there : some_limit(random);
    limit(world, there, back);
    for (const End end : {End::a, End::b}) {
      const auto error = static_cast<std::int32_t>(random.below(10'000)) - 5000;
      world.pair().cable().set_uart(end, {.clock_error = error}, world.now());
    }
    world.start_both();
    world.bring_up();
    const auto events = random.below(4);
    for (std::uint64_t n = 0; n < events; ++n) {
      world.try_open(End::a, Behaviour::echo, 30'000);
      world.try_open(End::b, Behaviour::sink, 50'000);
      world.run_for(std::chrono::milliseconds(random.below(2500)));
      happen(world, random);
    }
    const auto up = [&] { return world.pair().at(End::a).link_up() && world.pair().at(End::b).link_up(); };
    EXPECT_TRUE(world.run_until([&] { return up() && world.all_done(); }, 60s))
        << history(world) << world.describe();
    // How much is lost at a speed shows only under traffic.
    for (int round = 0; round < 15; ++round) {
      world.expect_transfer(30'000, 60s);
      world.run_for(10s);
    }
    // A tenth above its limit, a cable loses a byte in 3000, and what is faster may still carry more.
    const double least = std::min(there == 0 ? 3e6 : there, back == 0 ? 3e6 : back);
    const std::size_t is = rung(world.pair().speed(End::a));
    EXPECT_EQ(world.pair().speed(End::a), world.pair().speed(End::b)) << history(world);
    EXPECT_GE(is + 1, rung(static_cast<std::uint32_t>(least)))
        << history(world) << "limits " << there << ' ' << back;
    EXPECT_LE(is, rung(static_cast<std::uint32_t>(1.1 * least)) + 1)
        << history(world) << "limits " << there << ' ' << back;
  }
}

INSTANTIATE_TEST_SUITE_P(Forty, ClimbSoak, testing::Range(0, 2));
INSTANTIATE_TEST_SUITE_P(Long, ClimbSoak, testing::Range(2, 10));  // 200 in all

}  // namespace
}  // namespace serialtcp::test
