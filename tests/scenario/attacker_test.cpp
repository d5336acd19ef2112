// An attacker controls the cable of a sealed link: flips, drops, reorders, injects, replays, splices and
// reflects bytes. What is read is what plain TCP would deliver, and no link ends.
#include <algorithm>

#include "sim/attacker.h"
#include "world.h"

namespace serialtcp::test {
namespace {

WorldConfig sealed(std::uint64_t seed, std::uint32_t baud = 115200) {
  WorldConfig config;
  config.baud = baud;
  config.seed = seed;
  config.a_key = config.b_key = key_number(1);
  return config;
}

std::size_t links_lost(const World& world) {
  std::size_t lost = 0;
  for (const End end : {End::a, End::b}) {
    lost += static_cast<std::size_t>(std::ranges::count_if(world.line_events(end), [](const Event& event) {
      return std::holds_alternative<event::LinkDown>(event);
    }));
  }
  return lost;
}

/// Number of seeds. The sanitizers are five times slower, and test the same code.
#ifdef SERIALTCP_SANITIZED
constexpr std::uint64_t kSeeds = 50;
#else
constexpr std::uint64_t kSeeds = 150;
#endif

TEST(Attacker, ChangesNothingButTheTimeItTakes) {
  std::uint64_t attacks = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("SEED " + std::to_string(seed));
    World world(sealed(seed));
    sim::Attacker attacker(seed);
    world.pair().set_tap([&](End to, Bytes& bytes, Time now) { attacker.handle(to, bytes, now); });
    world.start_both();
    world.run_for(2s);
    attacker.set_active(false);
    // A search for the values that the line carries may have begun, in which an end waits for 1 s (one seed of 900).
    const auto both_up = [&] {
      return world.pair().at(End::a).link_up() && world.pair().at(End::b).link_up();
    };
    ASSERT_TRUE(world.run_until(both_up, 3s)) << world.describe();
    const std::size_t lost_before = links_lost(world);
    attacker.set_active(true);
    world.source_bytes = 5000;
    std::vector<Socket*> sockets;
    for (int i = 0; i < 6; ++i) {
      const End from = i % 2 == 0 ? End::a : End::b;
      sockets.push_back(&world.open(from, i % 3 == 0 ? Behaviour::source : Behaviour::echo, 3000));
      world.run_for(1s);
    }
    world.run_for(5s);
    attacks += attacker.attacks();
    attacker.set_active(false);
    ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 60s)) << world.describe();
    for (const Socket* socket : sockets) EXPECT_TRUE(socket->closed) << world.describe();
    EXPECT_EQ(links_lost(world), lost_before);
    world.expect_quiet();
  }
  EXPECT_GT(attacks, 20 * kSeeds);
}

TEST(Attacker, DoesNotKeepARestartedEndFromComingBackOnceItStops) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("SEED " + std::to_string(seed));
    World world(sealed(seed));
    sim::Attacker attacker(seed);
    world.pair().set_tap([&](End to, Bytes& bytes, Time now) { attacker.handle(to, bytes, now); });
    world.start_both();
    for (int i = 0; i < 3; ++i) {
      world.run_for(3s);
      world.restart(i % 2 == 0 ? End::a : End::b);
    }
    world.run_for(1s);
    attacker.set_active(false);
    ASSERT_TRUE(world.run_until(
        [&] { return world.pair().at(End::a).link_up() && world.pair().at(End::b).link_up(); }, 5s))
        << world.describe();
    world.run_for(3s);
    Socket& socket = world.open(End::a, Behaviour::echo, 2000);
    ASSERT_TRUE(world.run_until([&] { return socket.done(); }, 10s)) << world.describe();
    EXPECT_TRUE(socket.closed);
  }
}

TEST(Attacker, WhoHasAnotherKeyGetsNothingHoweverOftenItTries) {
  // The peer is the attacker: it uses the protocol, with a key of its own, in addition to the true peer.
  World world(sealed(1));
  world.start_both();
  world.bring_up();
  WorldConfig config = sealed(2);
  config.a_key = config.b_key = key_number(2);
  // The end whose handshake is used is the one that begins.
  config.a_role = Role::client;
  config.b_role = Role::server;
  World impostor(config);
  Bytes said;
  impostor.pair().set_tap([&](End to, Bytes& bytes, Time) {
    if (to == End::a) said.insert(said.end(), bytes.begin(), bytes.end());
  });
  Socket& socket = world.open(End::a, Behaviour::echo, 40'000);
  for (int i = 0; i < 30; ++i) {
    if (impostor.pair().running(End::a)) {
      impostor.restart(End::a);
      impostor.restart(End::b);
    } else {
      impostor.start_both();
    }
    impostor.bring_up();
    impostor.open(End::b, Behaviour::echo, 200);
    impostor.run_for(200ms);
    world.pair().at(End::a).feed(said, world.now());
    said.clear();
    world.pair().pump(End::a);
    world.run_for(100ms);
  }
  ASSERT_TRUE(world.run_until([&] { return socket.done(); }, 60s)) << world.describe();
  EXPECT_TRUE(socket.closed);
  EXPECT_EQ(world.pair().at(End::a).stats().streams_opened, 1U);
  EXPECT_TRUE(world.heard_of(End::a, LineTrouble::key_differs));
  EXPECT_EQ(links_lost(world), 0U);
}

// ---- Recordings ----

struct Conversation {
  std::array<Bytes, 2> to;  ///< what arrived at a and at b
};

/// From now on everything that arrives is recorded.
void listen(World& world, Conversation& conversation) {
  world.pair().set_tap([&](End to, Bytes& bytes, Time) {
    Bytes& all = conversation.to[to == End::a ? 0 : 1];
    all.insert(all.end(), bytes.begin(), bytes.end());
  });
}

/// A session with the same key, from its first byte to its goodbye.
Conversation record(std::uint64_t seed) {
  Conversation conversation;
  World world(sealed(seed));
  listen(world, conversation);
  world.start_both();
  world.bring_up();
  world.open(End::a, Behaviour::echo, 3000);
  world.open(End::b, Behaviour::echo, 3000);
  world.run_for(3s);
  EXPECT_TRUE(world.all_done());
  world.shut_down(End::a);
  world.run_for(1s);
  return conversation;
}

/// Replays all of it, or a part, in random pieces.
void play(World& world, End to, const Bytes& recording, base::Prng& random) {
  std::size_t at = random.chance(0.5) ? 0 : random.below(recording.size());
  while (at < recording.size()) {
    const std::size_t size = std::min<std::size_t>(1 + random.below(400), recording.size() - at);
    world.pair().at(to).feed(ByteView(recording).subspan(at, size), world.now());
    world.pair().pump(to);
    at += size;
    world.run_for(std::chrono::milliseconds(random.below(30)));
  }
}

TEST(Replay, OfAWholeSessionToAnEndThatIsAloneDeliversNothing) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Conversation conversation = record(seed);
    for (const End end : {End::a, End::b}) {
      World world(sealed(seed + 1000));
      world.pair().start(end);
      base::Prng random(seed);
      for (int i = 0; i < 3; ++i) {
        for (const Bytes& recording : conversation.to) play(world, end, recording, random);
      }
      EXPECT_FALSE(world.pair().at(end).link_up()) << "SEED " << seed;
      EXPECT_EQ(world.pair().at(end).stats().streams_opened, 0U) << "SEED " << seed;
      EXPECT_TRUE(world.sockets(end).empty()) << "SEED " << seed;
      // And the true peer can still get a link.
      world.pair().start(sim::other(end));
      EXPECT_LT(world.bring_up(3s), 400ms) << "SEED " << seed;
    }
  }
}

TEST(Replay, DuringASessionDisturbsNothing) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("SEED " + std::to_string(seed));
    const Conversation earlier = record(seed);
    Conversation present;
    World world(sealed(seed + 1000));
    listen(world, present);
    world.start_both();
    world.bring_up();
    Socket& from_a = world.open(End::a, Behaviour::echo, 30'000);
    Socket& from_b = world.open(End::b, Behaviour::echo, 30'000);
    base::Prng random(seed);
    for (int i = 0; i < 8; ++i) {
      const End to = random.chance(0.5) ? End::a : End::b;
      const Bytes copy = (random.chance(0.5) ? earlier : present).to[random.below(2)];
      play(world, to, copy, random);
    }
    ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 60s)) << world.describe();
    EXPECT_TRUE(from_a.closed && from_b.closed);
    EXPECT_EQ(world.pair().at(End::a).stats().streams_opened, 2U);
    EXPECT_EQ(links_lost(world), 0U);
    world.expect_quiet();
  }
}

TEST(Replay, AfterASessionOpensNothingAgain) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Conversation present;
    World world(sealed(seed));
    listen(world, present);
    world.start_both();
    world.bring_up();
    world.open(End::a, Behaviour::echo, 3000);
    world.run_for(2s);
    world.shut_down(End::b);
    world.run_for(200ms);
    world.pair().stop(End::b);
    ASSERT_FALSE(world.pair().at(End::a).link_up());
    const Stats before = world.pair().at(End::a).stats();
    base::Prng random(seed);
    const Conversation recorded = present;
    for (int i = 0; i < 3; ++i) play(world, End::a, recorded.to[0], random);
    EXPECT_FALSE(world.pair().at(End::a).link_up()) << "SEED " << seed;
    EXPECT_EQ(world.pair().at(End::a).stats().streams_opened, before.streams_opened) << "SEED " << seed;
    EXPECT_EQ(world.pair().at(End::a).stats().payload_bytes_received, before.payload_bytes_received);
  }
}

TEST(Replay, OfFirstMessagesWithoutEndCostsLittle) {
  // A recorded message 1 has a correct tag. However fast it is replayed, few are checked and answered.
  Bytes hello;
  {
    World world(sealed(1));
    world.pair().set_tap([&](End to, Bytes& bytes, Time) {
      if (to == End::b && !world.pair().at(End::a).link_up())
        hello.insert(hello.end(), bytes.begin(), bytes.end());
    });
    world.start_both();
    world.bring_up();
  }
  WorldConfig config = sealed(2, 0);
  config.nominal_rate = 11520;
  World world(config);
  world.pair().start(End::b);
  for (int i = 0; i < 10'000; ++i) {
    world.pair().at(End::b).feed(hello, world.now());
    world.pair().pump(End::b);
    if (i % 10 == 0) world.run_for(1ms);
  }
  // In one second: 50 answers of some 90 bytes, and its own hellos.
  EXPECT_GT(world.pair().at(End::b).stats().wire_bytes_sent, 10U * 86);
  EXPECT_LT(world.pair().at(End::b).stats().wire_bytes_sent, 60U * 100);
}

}  // namespace
}  // namespace serialtcp::test
