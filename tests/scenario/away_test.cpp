// A line that goes away or becomes silent, and its streams: they are kept for the hold time, then reset.
#include "world.h"

namespace serialtcp::test {
namespace {

struct Away : testing::TestWithParam<End> {
  static World& up(World& world) {
    world.start_both();
    world.bring_up();
    return world;
  }
};

TEST_P(Away, ForLessThanTheHoldTimeLosesNothing) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    World world({.seed = seed, .hold = 60s});
    up(world);
    world.source_bytes = 30'000;
    Socket& echo = world.open(End::a, Behaviour::echo, 30'000);
    Socket& source = world.open(End::a, Behaviour::source, 10);
    base::Prng random(seed);
    for (int times = 0; times < 3; ++times) {
      world.run_for(std::chrono::microseconds(random.below(1'000'000)));
      world.pair().unplug(GetParam());
      world.run_for(std::chrono::milliseconds(random.below(50'000)));
      world.pair().plug(GetParam());
    }
    ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 30s))
        << "SEED " << seed << " " << world.describe();
    EXPECT_TRUE(echo.closed && source.closed) << "SEED " << seed;
    EXPECT_EQ(echo.read, 30'000U);
    EXPECT_EQ(source.read, 30'000U);
    world.expect_quiet();
  }
}

TEST_P(Away, TheLineIsFullAgainSoonAfter) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    // As with a USB adapter, whose queue is lost with it.
    World world({.seed = seed, .quantum = 16ms});
    up(world);
    Socket& echo = world.open(End::a, Behaviour::echo, 200'000);
    base::Prng random(seed);
    world.run_for(std::chrono::milliseconds(3000 + random.below(10'000)));
    world.pair().unplug(GetParam());
    world.run_for(std::chrono::milliseconds(500 + random.below(5'000)));
    world.pair().plug(GetParam());
    const double left = static_cast<double>(200'000 - echo.read) / world.line_rate();
    const Time from = world.now();
    ASSERT_TRUE(world.run_until([&] { return echo.done(); }, 60s)) << "SEED " << seed;
    const double took = static_cast<double>((world.now() - from).count()) / 1e9;
    EXPECT_LE(took, left * 1.1 + 1) << "SEED " << seed << " " << world.describe();
  }
}

TEST_P(Away, ForTheHoldTimeResetsEvenIdleStreams) {
  World world({.hold = 20s});
  up(world);
  Socket& idle = world.open(End::a, Behaviour::echo, 100, World::Then::stay_open);
  world.run_for(2s);
  world.pair().unplug(GetParam());
  world.run_for(19'900ms);
  EXPECT_FALSE(idle.done());
  world.run_for(200ms);
  EXPECT_TRUE(world.heard_of(GetParam(), LinkDownReason::line_lost));
  world.pair().plug(GetParam());
  world.bring_up(3s);
  EXPECT_EQ(idle.reset, ResetReason::link_lost);
  EXPECT_TRUE(world.heard_of(sim::other(GetParam()), LinkDownReason::peer_restarted));
  Socket& fresh = world.open(End::a, Behaviour::echo, 300);
  EXPECT_TRUE(world.run_until([&] { return fresh.closed; }, 2s));
}

TEST_P(Away, WithNoHoldTimeResetsAtOnce) {
  World world({.hold = 0s});
  up(world);
  world.open(End::a, Behaviour::echo, 100, World::Then::stay_open);
  world.run_for(2s);
  world.pair().unplug(GetParam());
  world.run_for(1ms);
  EXPECT_TRUE(world.heard_of(GetParam(), LinkDownReason::line_lost));
}

TEST_P(Away, ForEverIsHeldForEverWhenToldSo) {
  World world({.hold = kForever});
  up(world);
  Socket& socket = world.open(End::a, Behaviour::echo, 30'000);
  world.run_for(500ms);
  world.pair().unplug(GetParam());
  world.run_for(100h);
  EXPECT_FALSE(socket.done());
  world.pair().plug(GetParam());
  EXPECT_TRUE(world.run_until([&] { return socket.closed; }, 30s)) << world.describe();
}

TEST_P(Away, AgainAndAgainWithNobodyHeardInBetweenIsAway) {
  World world({.hold = 20s});
  up(world);
  world.open(End::a, Behaviour::echo, 100, World::Then::stay_open);
  world.run_for(2s);
  world.pair().cable().cut(world.now());
  for (int times = 0; times < 12; ++times) {
    world.pair().unplug(GetParam());
    world.run_for(2s);
    world.pair().plug(GetParam());
    world.run_for(100ms);
  }
  EXPECT_TRUE(world.heard_of(GetParam(), LinkDownReason::line_lost));
}

TEST_P(Away, BackJustInTimeIsInTime) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    World world({.seed = seed, .hold = 20s});
    up(world);
    Socket& socket = world.open(End::a, Behaviour::echo, 30'000);
    world.run_for(std::chrono::milliseconds(100 * seed));
    world.pair().unplug(GetParam());
    world.run_for(19'990ms);
    world.pair().plug(GetParam());
    EXPECT_TRUE(world.run_until([&] { return socket.done(); }, 30s)) << "SEED " << seed;
    // The other end has measured its own time: it knows that an answer was due before.
    if (!world.heard_of(sim::other(GetParam()), LinkDownReason::peer_silent)) {
      EXPECT_TRUE(socket.closed) << "SEED " << seed << " " << world.describe();
    }
    EXPECT_FALSE(world.heard_of(GetParam(), LinkDownReason::line_lost)) << "SEED " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(At, Away, testing::Values(End::a, End::b),
                         [](const auto& p) { return p.param == End::a ? "TheServer" : "TheClient"; });

/// A bulk echo is in flight when the line becomes silent.
struct Silence : testing::Test {
  static Socket& begin(World& world) {
    world.start_both();
    world.bring_up();
    Socket& socket = world.open(End::a, Behaviour::echo, 30'000);
    world.run_for(500ms);
    return socket;
  }
};

TEST_F(Silence, ForTheHoldTimeResets) {
  World world({.hold = 10s});
  const Socket& socket = begin(world);
  world.pair().cable().cut(world.now());
  world.run_for(9s);
  EXPECT_FALSE(socket.done());
  world.run_for(3s);
  EXPECT_EQ(socket.reset, ResetReason::link_lost);
  EXPECT_TRUE(world.heard_of(End::a, LinkDownReason::peer_silent));
  world.pair().cable().join(world.now());
  world.bring_up(3s);
  Socket& fresh = world.open(End::a, Behaviour::echo, 300);
  EXPECT_TRUE(world.run_until([&] { return fresh.done(); }, 2s));
  EXPECT_TRUE(fresh.closed);
}

TEST_F(Silence, WithNoHoldTimeResetsAsSoonAsItIsCertain) {
  World world({.hold = 0s});
  const Socket& socket = begin(world);
  world.pair().cable().cut(world.now());
  world.run_for(4s);
  EXPECT_FALSE(socket.done());
  world.run_for(6s);
  EXPECT_EQ(socket.reset, ResetReason::link_lost);
}

/// A connection that has echoed and is idle since then.
Socket& begin_idle(World& world) {
  world.start_both();
  world.bring_up(3s);
  Socket& socket = world.open(End::a, Behaviour::echo, 100, World::Then::stay_open);
  world.run_for(3s);
  EXPECT_EQ(socket.read, 100U);
  return socket;
}

/// A link without connections.
void begin_unused(World& world) {
  world.start_both();
  world.bring_up(3s);
  world.run_for(3s);  // nothing of the handshake is in flight any more
}

/// Whether there is a connection on an idle link.
struct Idle : testing::TestWithParam<bool> {
  static void begin(World& world) {
    if (GetParam()) {
      begin_idle(world);
    } else {
      begin_unused(world);
    }
  }
};

TEST_P(Idle, PeerThatIsSilentIsNoticedWithinTenSeconds) {
  for (const std::uint32_t baud : {2400U, 9600U, 115'200U, 3'000'000U}) {
    for (const Duration latency : {0ms, 20ms, 250ms}) {
      WorldConfig config;
      config.baud = baud;
      config.latency = latency;
      World world(config);
      begin(world);
      world.run_for(60s);
      const Endpoint& endpoint = world.pair().at(End::a);
      EXPECT_GT(endpoint.overdue_at(), world.now()) << baud << " baud: an idle peer answers when asked";
      world.pair().cable().cut(world.now());
      world.run_for(10s);
      EXPECT_LE(endpoint.overdue_at(), world.now()) << baud << " baud, " << latency / 1ms << " ms";
      world.pair().cable().join(world.now());
      world.run_for(5s);
      EXPECT_GT(endpoint.overdue_at(), world.now()) << baud << " baud: it answers again";
    }
  }
}

// The log has it a second later at most.
TEST_P(Idle, PeerThatIsSilentOnASlowLineIsAwayWithinNineSeconds) {
  for (const std::uint32_t baud : {300U, 600U, 1200U}) {
    for (int i = 0; i < 12; ++i) {
      World world({.baud = baud});
      world.start_both();
      world.bring_up(60s);
      if (GetParam()) world.open(End::a, Behaviour::echo, 20, World::Then::stay_open);
      world.run_for(120s + i * 573ms);
      const auto away = [&](End end) { return world.pair().at(end).link_away(); };
      EXPECT_FALSE(away(End::a) || away(End::b)) << baud << " baud, " << i << " " << world.describe();
      world.pair().cable().cut(world.now());
      EXPECT_TRUE(world.run_until([&] { return away(End::a) && away(End::b); }, 9s))
          << baud << " baud, " << i << " " << world.describe();
    }
  }
}

TEST_P(Idle, SlowLineIsUsedToLessThanAnEighth) {
  for (const std::uint32_t baud : {300U, 600U, 1200U}) {
    World world({.baud = baud});
    world.start_both();
    world.bring_up(60s);
    world.run_for(60s);
    const auto sent = [&](End end) { return world.pair().at(end).stats().wire_bytes_sent; };
    const std::array before = {sent(End::a), sent(End::b)};
    world.run_for(1000s);
    EXPECT_LT(sent(End::a) - before[0], baud / 10 * 1000 / 8) << baud;
    EXPECT_LT(sent(End::b) - before[1], baud / 10 * 1000 / 8) << baud;
  }
}

INSTANTIATE_TEST_SUITE_P(Link, Idle, testing::Bool(),
                         [](const auto& p) { return p.param ? "WithAConnection" : "WithoutConnections"; });

TEST_F(Silence, EndsAnUnusedLinkAfterTheHoldTime) {
  World world({.hold = 30s});
  begin_unused(world);
  world.pair().cable().cut(world.now());
  world.run_for(25s);
  EXPECT_TRUE(world.pair().at(End::a).link_up());
  world.run_for(20s);
  EXPECT_TRUE(world.heard_of(End::a, LinkDownReason::peer_silent));
  world.pair().cable().join(world.now());
  world.bring_up(3s);
}

TEST_F(Silence, ResetsIdleStreamsAfterTheHoldTime) {
  World world({.hold = 30s});
  Socket& socket = begin_idle(world);
  world.pair().cable().cut(world.now());
  world.run_for(25s);
  EXPECT_FALSE(socket.done());
  world.run_for(20s);
  EXPECT_EQ(socket.reset, ResetReason::link_lost);
}

TEST_P(Idle, LineIsUsedToLessThanAHundredth) {
  WorldConfig config;
  config.baud = 9600;
  World world(config);
  begin(world);
  const auto sent = [&](End end) { return world.pair().at(end).stats().wire_bytes_sent; };
  const std::uint64_t before = sent(End::a) + sent(End::b);
  world.run_for(1000s);
  EXPECT_LT(sent(End::a) + sent(End::b) - before, 960U * 1000 / 100);
  EXPECT_GT(sent(End::a) + sent(End::b), before);
}

TEST_F(Silence, IsNotSeenInABadLine) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    WorldConfig config;
    config.seed = seed;
    config.hold = 0s;
    config.faults = {.ber = 3e-4, .drop = 1e-4};
    World world(config);
    world.start_both();
    world.bring_up(20s);
    Socket& socket = world.open(End::a, Behaviour::echo, 60'000);
    ASSERT_TRUE(world.run_until([&] { return socket.done(); }, 300s)) << "SEED " << seed;
    EXPECT_TRUE(socket.closed) << "SEED " << seed;
  }
}

TEST_F(Silence, IsNotCountedWhileThisProcessStoodStill) {
  World world({.hold = 10s});
  const Socket& socket = begin(world);
  // An answer is due, and tick() is not called for a minute.
  Endpoint& endpoint = world.pair().at(End::a);
  endpoint.tick(world.now() + 60s);
  EXPECT_TRUE(endpoint.link_up());
  EXPECT_FALSE(socket.done());
  endpoint.tick(world.now() + 70'500ms);
  EXPECT_FALSE(endpoint.link_up()) << "but while it runs";
}

}  // namespace
}  // namespace serialtcp::test
