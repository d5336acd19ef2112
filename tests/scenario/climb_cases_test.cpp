// Climbs that begin with something else: what is remembered of another time, a person who asks for a speed, an end that cannot, a
// line that does not carry all bytes.
#include <cmath>
#include <utility>

#include "base/prng.h"
#include "climbing.h"

namespace serialtcp::test {
namespace {

TEST(Climb, AnEndThatCannotIsToldOfOnceAndCodedBytesKeepTheirSpeed) {
  WorldConfig config = climbing();
  config.b_speeds.reset();
  World alone(config);
  alone.start_both();
  alone.bring_up();
  alone.leave_and_return(End::b);
  alone.run_for(5s);
  EXPECT_EQ(told(alone, End::a, event::LineSpeed::What::stays), 1U) << history(alone);
  EXPECT_EQ(told(alone, End::b, event::LineSpeed::What::stays), 0U);

  config = climbing();
  config.a_clean.avoided.set(0x11);
  config.a_clean.avoided.set(0x13);
  World world(config);
  world.start_both();
  world.bring_up();
  Changes changes(world);
  Socket& there = world.open(End::a, Behaviour::sink, 200'000);
  Socket& back = world.open(End::b, Behaviour::sink, 200'000);
  EXPECT_TRUE(world.run_until([&] { return changes.look(), there.done() && back.done(); }, 90s));
  EXPECT_EQ(changes.count(), 0) << history(world);
  for (const End end : {End::a, End::b}) {
    EXPECT_EQ(told(world, end, event::LineSpeed::What::coded), 1U) << history(world);
    EXPECT_EQ(told(world, end, event::LineSpeed::What::climbs), 0U);
  }
}

TEST(Climb, BytesThatTurnOutToBeCodedLaterEndTheClimb) {
  // The line swallows a value: this is found out, and coded, while both ends are at work on the speed.
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    WorldConfig config = climbing(seed);
    config.faults.alterations = {{.value = 0x13}};
    World world(config);
    world.start_both();
    world.bring_up(60s);
    world.expect_transfer(100'000, 120s);
    EXPECT_EQ(world.pair().speed(End::a), world.pair().speed(End::b)) << history(world);
  }
}

// ---- What is remembered ----

/// The longest pause of a transfer, and its time.
struct Course {
  Duration pause{};
  Duration time{};
};

Course course_of(World& world, Socket& there, Duration limit) {
  const Time begin = world.now();
  Time last = begin;
  Course course;
  std::uint64_t before = 0;
  world.run_until(
      [&] {
        if (there.partner != nullptr && there.partner->read != std::exchange(before, there.partner->read)) {
          if (before > 0) course.pause = std::max(course.pause, world.now() - last);
          last = world.now();
        }
        return there.done();
      },
      limit);
  course.time = world.now() - begin;
  return course;
}

/// Between virtual machines, bytes pass whatever the speeds are, and an end that begins again at its base is understood.
TEST(Climb, WhereTheSpeedsDoNotMatterBothEndsHaveOneAgainAfterAPull) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    base::Prng random(seed);
    World world(climbing(seed));
    world.pair().cable().set_medium(sim::Medium::bytes, world.now());
    world.start_both();
    world.bring_up();
    world.try_open(End::a, Behaviour::echo, 100'000);
    world.run_for(std::chrono::milliseconds(random.below(4000)));
    const End end = random.chance(0.5) ? End::a : End::b;
    world.pair().unplug(end);
    world.run_for(std::chrono::milliseconds(50 + random.below(3000)));
    world.pair().plug(end);
    const auto raised = [&] {
      return world.pair().speed(End::a) > kBase && both_at(world, world.pair().speed(End::a));
    };
    EXPECT_TRUE(world.run_until(raised, 10s)) << history(world);
    // What was tried while it was pulled comes again later.
    EXPECT_TRUE(world.run_until([&] { return both_at(world, 3000000); }, 40s)) << history(world);
    EXPECT_TRUE(world.run_until([&] { return world.all_done(); }, 60s)) << history(world) << world.describe();
  }
}

TEST(ClimbRemembered, WhatHasWorkedIsTakenInOneStep) {
  WorldConfig config = climbing();
  config.a_speeds->first = config.b_speeds->first = 3000000;
  World world(config);
  world.start_both();
  world.bring_up();
  Changes changes(world);
  EXPECT_TRUE(world.run_until([&] { return changes.look(), both_at(world, 3000000); }, 1s)) << history(world);
  EXPECT_EQ(changes.count(), 2) << "one for each end";
  world.expect_transfer(1'000'000, 10s);
}

TEST(ClimbRemembered, ASlowerOneThanTheCableCanNowIsOnlyTheBeginning) {
  WorldConfig config = climbing();
  config.a_speeds->first = config.b_speeds->first = 460800;
  World world(config);
  world.start_both();
  world.bring_up();
  EXPECT_TRUE(world.run_until([&] { return both_at(world, 3000000); }, 6s)) << history(world);
}

TEST(ClimbRemembered, OnACableThatCanNoMoreItCostsAsLittleAsWithoutIt) {
  for (const std::uint32_t first : {230400U, 921600U, 3000000U}) {
    WorldConfig config = climbing();
    config.a_speeds->first = config.b_speeds->first = first;
    World world(config);
    limit(world, kBase, kBase);
    world.start_both();
    world.bring_up();
    const Course course = course_of(world, world.open(End::a, Behaviour::sink, 650'000), 70s);
    EXPECT_LE(course.pause, 1200ms) << first;
    EXPECT_LE(to_seconds(course.time), 60.0) << "0.95 of the line, and an attempt more than without a memory";
  }
}

class ClimbRememberedWrongly : public testing::TestWithParam<int> {};

/// Too fast for this cable, or that of another cable, at one end or at both.
TEST_P(ClimbRememberedWrongly, IsProvenAndLeft) {
  constexpr std::uint64_t kSeeds = 20;
  for (std::uint64_t i = 1; i <= kSeeds; ++i) {
    const std::uint64_t seed = static_cast<std::uint64_t>(GetParam()) * kSeeds + i;
    SCOPED_TRACE(seed);
    base::Prng random(seed);
    const auto some_rung = [&] {
      return random.chance(0.4) ? 3000000 : kRungs[1 + random.below(kRungs.size() - 1)];
    };
    WorldConfig config = climbing(seed);
    config.a_speeds->first = random.chance(0.8) ? some_rung() : 0;
    config.b_speeds->first = random.chance(0.8) ? some_rung() : 0;
    World world(config);
    const std::uint32_t can = static_cast<std::uint32_t>(kBase * std::pow(28.0, random.unit()) * 1.05);
    limit(world, can, random.chance(0.5) ? 0 : can);
    world.start_both();
    world.bring_up();
    const Course course = course_of(world, world.open(End::a, Behaviour::sink, 300'000), 60s);
    EXPECT_LE(course.pause, 1200ms) << history(world);
    EXPECT_LE(to_seconds(course.time), 30.0) << history(world);
    // How much is lost at a speed shows only under traffic.
    for (int round = 0; round < 15; ++round) {
      world.expect_transfer(30'000, 60s);
      world.run_for(10s);
    }
    // What was tried while nothing was sent is judged.
    world.expect_transfer(100'000, 60s);
    const std::size_t is = rung(world.pair().speed(End::a));
    EXPECT_EQ(world.pair().speed(End::a), world.pair().speed(End::b)) << history(world);
    EXPECT_GE(is + 1, rung(can)) << history(world) << "limit " << can;
    EXPECT_LE(is, rung(static_cast<std::uint32_t>(1.1 * can)) + 1) << history(world) << "limit " << can;
  }
}

INSTANTIATE_TEST_SUITE_P(Twenty, ClimbRememberedWrongly, testing::Range(0, 1));
INSTANTIATE_TEST_SUITE_P(Long, ClimbRememberedWrongly, testing::Range(1, 3));

// ---- By hand ----

TEST(ClimbByHand, EachSpeedIsProposedWhenItIsAskedForAndTold) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE(seed);
    WorldConfig config = climbing(seed);
    config.a_speeds->by_hand = true;
    if (seed % 2 == 0) config.a_key = config.b_key = key_number(1);
    World world(config);
    limit(world, 1000000, 1000000);
    world.start_both();
    world.bring_up();
    world.run_for(5s);
    EXPECT_TRUE(both_at(world, kBase)) << "nothing is tried by itself: " << history(world);
    Endpoint& doctor = world.pair().at(End::a);
    EXPECT_EQ(doctor.common_speeds(),
              std::vector<std::uint32_t>({115200, 230400, 460800, 500000, 576000, 921600, 1000000, 1500000,
                                          2000000, 2500000, 3000000}));
    EXPECT_FALSE(doctor.try_speed(kBase, world.now())) << "it has that";
    EXPECT_FALSE(doctor.try_speed(123456, world.now())) << "neither end has said that it can";
    EXPECT_FALSE(world.pair().at(End::b).try_speed(230400, world.now())) << "not by hand";
    Socket& there = world.open(End::a, Behaviour::sink, 800'000);
    const auto count = [&](event::LineSpeed::What what) { return told(world, End::a, what); };
    using What = event::LineSpeed::What;
    for (const std::uint32_t speed : {230400U, 1000000U, 2000000U, 921600U, 115200U}) {
      const std::size_t good = count(What::proven);
      const std::size_t bad = count(What::kept);
      EXPECT_TRUE(world.pair().at(End::a).try_speed(speed, world.now()));
      world.pair().pump(End::a);
      EXPECT_TRUE(world.run_until([&] { return count(What::proven) + count(What::kept) > good + bad; }, 2s))
          << speed << history(world);
      EXPECT_EQ(count(What::kept), bad + (speed == 2000000 ? 1 : 0)) << history(world);
      world.run_for(1500ms);
      EXPECT_TRUE(both_at(world, speed == 2000000 ? 1000000 : speed)) << history(world);
    }
    EXPECT_TRUE(world.run_until([&] { return there.done(); }, 300s));
  }
}

}  // namespace
}  // namespace serialtcp::test
