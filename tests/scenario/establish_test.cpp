// How two ends find each other, notice that the other one has restarted, and report what is wrong with the
// line.
#include <functional>

#include "world.h"

namespace serialtcp::test {
namespace {

struct ReadyCase {
  std::uint32_t baud;
  Duration limit;
  std::optional<Key> key = std::nullopt;
};
class Ready : public testing::TestWithParam<ReadyCase> {};

TEST_P(Ready, SoonAfterTheSecondEndStartsWhicheverItIs) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    World world({.baud = GetParam().baud, .seed = seed, .a_key = GetParam().key, .b_key = GetParam().key});
    const End first = seed % 2 == 0 ? End::a : End::b;
    world.pair().start(first);
    world.run_for(std::chrono::milliseconds(seed * 97));
    world.pair().start(sim::other(first));
    const Duration took = world.bring_up(5s);
    EXPECT_LT(took, GetParam().limit) << "SEED " << seed << " " << took.count();
    Socket& socket = world.open(End::a, Behaviour::echo, 1);
    EXPECT_TRUE(world.run_until([&] { return socket.read == 1; }, 2s)) << "SEED " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Baud, Ready,
                         testing::Values(ReadyCase{9600, 300ms}, ReadyCase{115200, 100ms},
                                         ReadyCase{921600, 100ms}, ReadyCase{9600, 350ms, key_number(1)},
                                         ReadyCase{115200, 100ms, key_number(1)}),
                         [](const auto& p) {
                           return std::to_string(p.param.baud) + (p.param.key ? "Sealed" : "");
                         });

TEST(CleanLine, HasNothingDamagedWhenTheLinkComesUp) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    WorldConfig config{.baud = 115200, .seed = seed};
    if (seed % 3 == 0) config.a_key = config.b_key = key_number(1);
    World world(config);
    const End first = seed % 2 == 0 ? End::a : End::b;
    world.pair().start(first);
    world.run_for(std::chrono::milliseconds(seed * 97));
    world.pair().start(sim::other(first));
    world.bring_up(5s);
    world.run_for(10s);
    for (const End end : {End::a, End::b}) {
      EXPECT_EQ(world.pair().at(end).stats().frames_damaged, 0U)
          << "SEED " << seed << " " << world.describe();
      if (!config.a_key) {
        EXPECT_EQ(world.pair().at(end).stats().junk_bytes, 0U) << "SEED " << seed;
      }
    }
  }
}

class Restart : public testing::TestWithParam<End> {};

TEST_P(Restart, AtAnyInstantResetsWhatDiedAndServesWhatIsNew) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    World world({.seed = seed});
    world.start_both();
    world.bring_up();
    Socket& old = world.open(End::a, Behaviour::echo, 1'000'000);
    world.run_for(std::chrono::microseconds(500'000 + seed * 7919));
    world.restart(GetParam());
    const End other = sim::other(GetParam());
    ASSERT_TRUE(world.run_until(
        [&] {
          return world.pair().at(GetParam()).link_up() && world.pair().at(other).link_up() &&
                 world.heard_of(other, LinkDownReason::peer_restarted);
        },
        300ms))
        << "SEED " << seed << " " << world.describe();
    EXPECT_EQ(old.reset, ResetReason::link_lost);
    Socket& fresh = world.open(End::a, Behaviour::echo, 100);
    ASSERT_TRUE(world.run_until([&] { return fresh.read == 100; }, 1s))
        << "SEED " << seed << " " << world.describe();
  }
}

TEST_P(Restart, IsNoticedAlthoughTheLineIsNoisy) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    WorldConfig config;
    config.seed = seed;
    config.faults = {.ber = 3e-4, .drop = 1e-4};
    World world(config);
    world.start_both();
    world.bring_up(20s);
    world.open(End::a, Behaviour::echo, 100'000);
    world.run_for(std::chrono::microseconds(500'000 + seed * 7919));
    world.restart(GetParam());
    // Streams that are opened before the other end has noticed are reset like old ones.
    const End other = sim::other(GetParam());
    world.run_until([&] { return world.heard_of(other, LinkDownReason::peer_restarted); }, 20s);
    world.bring_up(20s);
    Socket& fresh = world.open(End::a, Behaviour::echo, 1000);
    ASSERT_TRUE(world.run_until([&] { return fresh.done(); }, 30s))
        << "SEED " << seed << " " << world.describe();
    EXPECT_TRUE(fresh.closed);
  }
}

INSTANTIATE_TEST_SUITE_P(Of, Restart, testing::Values(End::a, End::b),
                         [](const auto& p) { return p.param == End::a ? "TheServer" : "TheClient"; });

TEST(Goodbye, ResetsThePeersStreamsAtOnce) {
  World world({});
  world.start_both();
  world.bring_up();
  Socket& socket = world.open(End::a, Behaviour::echo, 100'000);
  world.run_for(1s);
  world.shut_down(End::b);
  ASSERT_TRUE(world.run_until([&] { return socket.done(); }, 200ms));
  EXPECT_EQ(socket.reset, ResetReason::link_lost);
  EXPECT_TRUE(world.heard_of(End::a, LinkDownReason::peer_left));
  EXPECT_TRUE(world.run_until([&] { return world.pair().at(End::b).finished(); }, 100ms));
}

TEST(Trouble, AnEchoIsNamed) {
  World world({});
  world.pair().cable().set_echo(sim::Echo::on, world.now());
  world.start_both();
  world.run_for(1s);
  EXPECT_TRUE(world.heard_of(End::a, LineTrouble::echo));
  EXPECT_FALSE(world.pair().at(End::a).link_up());
  world.pair().cable().set_echo(sim::Echo::off, world.now());
  world.bring_up(2s);
}

TEST(Trouble, TwoServersAndTwoClientsAreNamed) {
  World servers({.b_role = Role::server});
  servers.start_both();
  servers.run_for(1s);
  EXPECT_TRUE(servers.heard_of(End::a, LineTrouble::both_servers));
  EXPECT_TRUE(servers.heard_of(End::b, LineTrouble::both_servers));
  World clients({.a_role = Role::client});
  clients.start_both();
  clients.run_for(1s);
  EXPECT_TRUE(clients.heard_of(End::a, LineTrouble::both_clients));
  EXPECT_TRUE(clients.heard_of(End::b, LineTrouble::both_clients));
}

TEST(Trouble, DifferentSpeedsAreNamedAndNotTakenForAPeer) {
  for (const std::uint32_t other : {9600U, 57600U, 230400U, 1000000U}) {
    World world({.b_baud = other});
    world.start_both();
    world.run_for(20s);
    EXPECT_TRUE(world.heard_of(End::a, LineTrouble::garbled) || world.heard_of(End::b, LineTrouble::garbled))
        << other;
    EXPECT_FALSE(world.pair().at(End::a).link_up()) << other;
  }
}

TEST(Trouble, AConsoleIsNamed) {
  World world({});
  world.pair().start(End::a);
  for (int i = 0; i < 10; ++i) {
    world.inject(End::b, "\r\nDebian GNU/Linux 12 board ttyS0\r\n\r\nboard login: ");
    world.run_for(1s);
  }
  EXPECT_TRUE(world.heard_of(End::a, LineTrouble::text));
}

TEST(Noise, BootMessagesBeforeBetweenAndInsideFramesHarmNothing) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    World world({.seed = seed});
    base::Prng random(seed);
    world.inject(End::b, "U-Boot 2023.01 (Jan 1 1970)\r\nHit any key to stop autoboot");
    world.start_both();
    world.bring_up(2s);
    world.source_bytes = 20'000;
    Socket& echo = world.open(End::a, Behaviour::echo, 20'000);
    Socket& source = world.open(End::a, Behaviour::source, 10);
    for (int i = 0; i < 40; ++i) {
      world.run_for(std::chrono::milliseconds(random.below(200)));
      const char* const text = "\r\n[   12.345] usb 1-1: new device\x1f~\x1f|\r\nboard login: ";
      world.inject(random.chance(0.5) ? End::a : End::b, std::string_view(text).substr(random.below(40)));
    }
    ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 60s))
        << "SEED " << seed << " " << world.describe();
    EXPECT_TRUE(echo.closed && source.closed) << "SEED " << seed;
    EXPECT_EQ(source.read, 20'000U);
  }
}

/// During an echo something happens to an end, or to the cable. Afterwards the echo continues where it was,
/// and nothing else remains of the event.
using Mishap = std::function<void(World& world, End end, base::Prng& random)>;
void expect_to_go_on(WorldConfig config, const Mishap& mishap) {
  for (config.seed = 1; config.seed <= 30; ++config.seed) {
    SCOPED_TRACE("SEED " + std::to_string(config.seed));
    World world(config);
    world.start_both();
    world.bring_up();
    Socket& socket = world.open(End::a, Behaviour::echo, 30'000);
    base::Prng random(config.seed);
    world.run_for(std::chrono::microseconds(random.below(2'000'000)));
    mishap(world, config.seed % 2 == 0 ? End::a : End::b, random);
    ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 30s)) << world.describe();
    EXPECT_TRUE(socket.closed);
    EXPECT_EQ(socket.read, 30'000U);
    world.expect_quiet();
    world.expect_balance();
  }
}

TEST(Cut, StreamsGoOnWhereTheyWere) {
  expect_to_go_on({}, [](World& world, End, base::Prng& random) {
    world.pair().cable().cut(world.now());
    world.run_for(std::chrono::milliseconds(random.below(60'000)));
    world.pair().cable().join(world.now());
  });
}

TEST(Process, ThatIsStoppedAndContinuedGoesOn) {
  // What arrives meanwhile does not fit into its driver.
  expect_to_go_on({.receive_buffer = 4096}, [](World& world, End end, base::Prng&) {
    world.pair().suspend(end);
    world.run_for(60s);
    world.pair().resume(end);
  });
}

TEST(Device, ThatIsGoneForAWhileGoesOn) {
  expect_to_go_on({}, [](World& world, End end, base::Prng&) {
    world.pair().unplug(end);
    const Stats before = world.pair().at(end).stats();
    world.run_for(60s);
    EXPECT_EQ(world.pair().at(end).stats().wire_bytes_sent, before.wire_bytes_sent);
    EXPECT_EQ(world.pair().at(end).stats().wire_bytes_received, before.wire_bytes_received);
    world.pair().plug(end);
  });
}

TEST(Device, ThatIsOpenedAgainGoesOn) {
  expect_to_go_on({}, [](World& world, End end, base::Prng&) {
    world.pair().cable().clear_queue(end, world.now());
    world.pair().at(end).line_restored(world.now());
    world.pair().pump(end);
  });
}

}  // namespace
}  // namespace serialtcp::test
