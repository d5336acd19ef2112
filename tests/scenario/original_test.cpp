// The original at the other end, in simulated time: it is detected automatically, whoever was there first and
// whatever the noise, and its protocol is abandoned when our own program takes its place. Protocol::original
// stands for the original; tests/unit/legacy/legacy_test.cpp shows that it behaves like the original to the
// byte.
#include <string>

#include "world.h"

namespace serialtcp::test {
namespace {

struct Meeting {
  End original;
  std::uint32_t baud;
  std::string name;
};

class WithTheOriginal : public testing::TestWithParam<Meeting> {
 protected:
  WorldConfig config() const {
    WorldConfig config;
    config.baud = GetParam().baud;
    config.tty_queue = 512;
    (GetParam().original == End::a ? config.a_protocol : config.b_protocol) = Protocol::original;
    return config;
  }
  End original() const { return GetParam().original; }
  End ours() const { return sim::other(original()); }

  /// One connection through the link as it is: everything that is sent is returned.
  static void expect_service(World& world) {
    Socket& socket = world.open(End::a, Behaviour::echo, 3000, World::Then::stay_open);
    EXPECT_TRUE(world.run_until([&] { return socket.read == 3000 || socket.done(); }, 60s))
        << world.describe();
    EXPECT_EQ(socket.read, 3000U);
    world.shut(End::a, socket);
    EXPECT_TRUE(world.run_until([&] { return socket.done(); }, 5s)) << world.describe();
    EXPECT_TRUE(socket.closed);
  }
  /// For a program that replaces another one during a connection: what that one has left in its driver's
  /// queue comes first.
  Duration ready_again() const {
    return std::chrono::milliseconds(config().tty_queue * 10'000 / GetParam().baud) + 300ms;
  }
};

TEST_P(WithTheOriginal, IsReadyAtOnceWhenBothStart) {
  World world(config());
  world.start_both();
  EXPECT_LE(world.bring_up(), 300ms);
  world.run_for(Duration(1s));
  EXPECT_EQ(world.protocol_at(ours()), Protocol::original);
  expect_service(world);
}

TEST_P(WithTheOriginal, IsReadyAtOnceWhenTheOriginalWasThereFirst) {
  World world(config());
  world.pair().start(original());
  world.run_for(100s);
  world.pair().start(ours());
  EXPECT_LE(world.bring_up(), 300ms);
  expect_service(world);
}

TEST_P(WithTheOriginal, IsReadyAtOnceWhenTheOriginalComesLater) {
  World world(config());
  world.pair().start(ours());
  world.run_for(100s);
  world.pair().start(original());
  EXPECT_LE(world.bring_up(), 300ms);
  expect_service(world);
}

TEST_P(WithTheOriginal, AClientThatWaitedForTheLinkIsServedAtOnce) {
  World world(config());
  world.pair().start(ours());
  world.run_for(10s);
  world.pair().start(original());
  ASSERT_TRUE(world.run_until([&] { return world.pair().at(End::a).link_up(); }, 300ms));
  Socket& socket = world.open(End::a, Behaviour::echo, 100, World::Then::stay_open);
  EXPECT_TRUE(world.run_until([&] { return socket.read == 100; }, 1s)) << world.describe();
}

TEST_P(WithTheOriginal, ServesOneConnectionAfterAnother) {
  World world(config());
  world.start_both();
  world.bring_up();
  for (int i = 0; i < 5; ++i) expect_service(world);
  EXPECT_FALSE(world.heard_of(End::a, LinkDownReason::peer_silent));
}

TEST_P(WithTheOriginal, ServesClientsThatWaitedForTheirTurn) {
  World world(config());
  world.start_both();
  world.bring_up();
  Socket& first = world.open(End::a, Behaviour::echo, 100, World::Then::stay_open);
  Socket& second = world.open(End::a, Behaviour::echo, 100, World::Then::stay_open);
  EXPECT_TRUE(world.run_until([&] { return first.read == 100; }, 10s));
  world.run_for(60s);
  EXPECT_EQ(second.read, 0U);
  world.shut(End::a, first);
  EXPECT_TRUE(world.run_until([&] { return second.read == 100; }, 2s)) << world.describe();
}

TEST_P(WithTheOriginal, RefusedTargetsResetTheClient) {
  World world(config());
  world.far_does = Behaviour::refuse;
  world.start_both();
  world.bring_up();
  Socket& socket = world.open(End::a, Behaviour::echo, 10);
  EXPECT_TRUE(world.run_until([&] { return socket.done(); }, 2s));
  EXPECT_EQ(socket.reset, ResetReason::failed);
  world.far_does.reset();
  world.run_for(1s);
  expect_service(world);
}

TEST_P(WithTheOriginal, ARestartOfEitherEndIsNoticed) {
  for (const End restarted : {End::a, End::b}) {
    for (const Duration when : {Duration(0), Duration(100ms), Duration(2s)}) {
      World world(config());
      world.start_both();
      world.bring_up();
      Socket& socket = world.open(End::a, Behaviour::echo, 1'000'000, World::Then::stay_open);
      world.run_for(when);
      world.restart(restarted);
      EXPECT_TRUE(world.run_until([&] { return socket.done(); }, ready_again()));
      world.run_for(6s + ready_again());
      ASSERT_TRUE(world.pair().at(End::a).link_up() && world.pair().at(End::b).link_up());
      expect_service(world);
    }
  }
}

TEST_P(WithTheOriginal, IsReplacedByOurProgramAndComesBack) {
  for (const Duration when : {Duration(0), Duration(50ms), Duration(2s)}) {
    World world(config());
    world.start_both();
    world.bring_up();
    for (int i = 0; i < 2; ++i) {
      Socket& old = world.open(End::a, Behaviour::echo, 1'000'000, World::Then::stay_open);
      world.run_for(when);
      world.replace(original(), Protocol::automatic);
      EXPECT_TRUE(world.run_until(
          [&] {
            return world.protocol_at(ours()) == Protocol::own && world.pair().at(End::a).link_up() &&
                   world.pair().at(End::b).link_up();
          },
          ready_again()))
          << world.describe();
      EXPECT_TRUE(old.done());
      expect_service(world);
      world.run_for(when);
      world.replace(original(), Protocol::original);
      EXPECT_TRUE(world.run_until(
          [&] {
            return world.protocol_at(ours()) == Protocol::original && world.pair().at(End::a).link_up() &&
                   world.pair().at(End::b).link_up();
          },
          ready_again()))
          << world.describe();
      expect_service(world);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Ends, WithTheOriginal,
    testing::Values(Meeting{End::a, 115200, "ServerAt115200"}, Meeting{End::b, 115200, "ClientAt115200"},
                    Meeting{End::a, 9600, "ServerAt9600"}, Meeting{End::b, 9600, "ClientAt9600"},
                    Meeting{End::a, 921600, "ServerAt921600"}, Meeting{End::b, 921600, "ClientAt921600"}),
    [](const auto& meeting) { return meeting.param.name; });

TEST(TwoOfOurs, NeverEndUpInTheOriginalsProtocol) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    WorldConfig config;
    config.seed = seed;
    config.baud = seed % 2 == 0 ? 115200 : 9600;
    config.faults.ber = seed % 3 == 0 ? 1e-2 : 3e-3;
    config.faults.drop = 1e-2;
    World world(config);
    world.start_both();
    for (int i = 0; i < 12; ++i) {
      world.run_for(3s);
      world.restart(i % 2 == 0 ? End::a : End::b);
    }
    world.run_for(10s);
    for (const End end : {End::a, End::b}) {
      for (const Event& event : world.line_events(end)) {
        const auto* up = std::get_if<event::LinkUp>(&event);
        EXPECT_FALSE(up != nullptr && up->protocol == Protocol::original) << "SEED " << seed;
      }
    }
  }
}

TEST(TheOriginal, IsFoundWhateverTheNoiseOnceItStops) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    WorldConfig config;
    config.seed = seed;
    config.faults.ber = 1e-2;
    config.faults.insert = 1e-2;
    const End original = seed % 2 == 0 ? End::a : End::b;
    (original == End::a ? config.a_protocol : config.b_protocol) = Protocol::original;
    World world(config);
    world.start_both();
    for (int i = 0; i < 5; ++i) {
      world.run_for(2s);
      world.replace(original, i % 2 == 0 ? Protocol::automatic : Protocol::original);
      world.run_for(1s);
      world.restart(sim::other(original));
    }
    world.pair().cable().set_faults(sim::Faults{});
    world.replace(original, Protocol::original);
    EXPECT_TRUE(world.run_until(
        [&] {
          return world.pair().at(End::a).link_up() && world.pair().at(End::b).link_up() &&
                 world.protocol_at(sim::other(original)) == Protocol::original;
        },
        10s))
        << "SEED " << seed << "\n"
        << world.describe();
  }
}

TEST(TheOriginal, AtBothEndsIsTheOriginal) {
  WorldConfig config;
  config.a_protocol = config.b_protocol = Protocol::original;
  World world(config);
  world.start_both();
  EXPECT_LE(world.bring_up(), 100ms);
  Socket& socket = world.open(End::a, Behaviour::echo, 20'000, World::Then::stay_open);
  EXPECT_TRUE(world.run_until([&] { return socket.read == 20'000; }, 10s)) << world.describe();
}

TEST(TheOriginal, IsNotFoundWhereOnlyOurOwnProtocolIsAllowed) {
  WorldConfig config;
  config.a_protocol = Protocol::own;
  config.b_protocol = Protocol::original;
  World world(config);
  world.start_both();
  world.run_for(60s);
  EXPECT_FALSE(world.pair().at(End::a).link_up());
}

TEST(TheOriginal, TwoOfTheSameKindAreToldApart) {
  WorldConfig config;
  config.b_protocol = Protocol::original;
  config.b_role = Role::server;
  World world(config);
  world.start_both();
  world.run_for(5s);
  EXPECT_TRUE(world.heard_of(End::a, LineTrouble::own_kind));
  EXPECT_TRUE(world.heard_of(End::b, LineTrouble::own_kind));
}

}  // namespace
}  // namespace serialtcp::test
