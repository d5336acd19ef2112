// Sealed links: which ends get one and which do not, what it costs, and that the change of keys has no
// effect.
#include <algorithm>

#include "measures.h"

namespace serialtcp::test {
namespace {

WorldConfig sealed(std::uint64_t seed = 1) {
  WorldConfig config;
  config.seed = seed;
  config.a_key = config.b_key = key_number(1);
  return config;
}

std::size_t told(const World& world, End end, LineTrouble trouble) {
  return static_cast<std::size_t>(std::ranges::count_if(world.line_events(end), [&](const Event& event) {
    const auto* troubled = std::get_if<event::LineTroubled>(&event);
    return troubled != nullptr && troubled->trouble == trouble;
  }));
}

bool nothing_was_opened(World& world) {
  return !world.pair().at(End::a).link_up() && !world.pair().at(End::b).link_up() &&
         world.sockets(End::a).empty() && world.sockets(End::b).empty() &&
         world.pair().at(End::a).stats().streams_opened == 0 &&
         world.pair().at(End::b).stats().streams_opened == 0;
}

// ---- Coming up ----

TEST(SealedHandshake, TakesTwoHundredBytesAndLessThanTwoRoundTrips) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    WorldConfig config = sealed(seed);
    config.latency = 20ms;
    World world(config);
    const End first = seed % 2 == 0 ? End::a : End::b;
    world.pair().start(first);
    // Between two hellos that do not arrive: the second is sent after 250 to 313 ms, the third after 625 or
    // more.
    world.run_for(std::chrono::milliseconds(350 + seed * 5));
    std::size_t bytes = 0;
    world.pair().set_tap([&](End, Bytes& arrived, Time) { bytes += arrived.size(); });
    world.pair().start(sim::other(first));
    const Time from = world.now();
    ASSERT_TRUE(world.run_until(
        [&] { return world.pair().at(End::a).link_up() || world.pair().at(End::b).link_up(); }, 2s));
    EXPECT_LE(bytes, 200U) << "SEED " << seed;
    // The other end notices this by the first frame, which is an ordinary one.
    world.bring_up(2s);
    const Duration took = world.now() - from;
    EXPECT_LE(took, 80ms + 25ms) << "SEED " << seed << " " << took.count();
  }
}

std::uint64_t bytes_said(World& world) {
  return world.pair().at(End::a).stats().wire_bytes_sent + world.pair().at(End::b).stats().wire_bytes_sent;
}

// 182 bytes and the first frame, of 19; each 1F in the random bytes is one byte more. One more message when
// the ends begin within the time that one byte takes.
TEST(SealedHandshake, TakesTwoMessagesAndTheFirstFrameHoweverCloselyTheEndsAreStarted) {
  std::size_t crossed = 0;
  for (const End first : {End::a, End::b}) {
    for (std::uint64_t step = 0; step < 120; ++step) {
      World world(sealed(step + 1));
      world.pair().start(first);
      world.run_for(step * 500us);
      const std::uint64_t before = world.pair().at(first).stats().wire_bytes_sent;
      world.pair().start(sim::other(first));
      ASSERT_TRUE(world.run_until(
          [&] { return world.pair().at(End::a).link_up() || world.pair().at(End::b).link_up(); }, 1s));
      const std::uint64_t bytes = bytes_said(world) - before;
      if (bytes > 206) ++crossed;
      EXPECT_LE(bytes, 299U) << "SEED " << step + 1 << (first == End::a ? " server" : " client") << " first";
    }
  }
  EXPECT_LE(crossed, 1U) << "of 240";
}

TEST(SealedHandshake, LetsTheFirstEchoComeAfterTwoRoundTrips) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    WorldConfig config = sealed(seed);
    config.latency = 200ms;
    World world(config);
    world.start_both();
    const Time from = world.now();
    ASSERT_TRUE(world.run_until([&] { return world.pair().at(End::a).link_up(); }, 2s));
    Socket& socket = world.open(End::a, Behaviour::echo, 1);
    ASSERT_TRUE(world.run_until([&] { return socket.read == 1; }, 2s)) << "SEED " << seed;
    EXPECT_LE(world.now() - from, 2 * 2 * config.latency + 50ms) << "SEED " << seed;
  }
}

TEST(SealedHandshake, ComesUpAtOnceWhoeverBeginsAndHowever) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    World world(sealed(seed));
    const End first = seed % 2 == 0 ? End::a : End::b;
    world.pair().start(first);
    world.run_for(std::chrono::microseconds((seed % 50) * 400));
    world.pair().start(sim::other(first));
    EXPECT_LT(world.bring_up(5s), 100ms) << "SEED " << seed;
    Socket& socket = world.open(End::a, Behaviour::echo, 100);
    ASSERT_TRUE(world.run_until([&] { return socket.read == 100; }, 1s)) << "SEED " << seed;
  }
}

TEST(SealedHandshake, ComesUpOnALineThatDamagesMostOfIt) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    WorldConfig config = sealed(seed);
    config.faults = {.ber = 1e-3, .drop = 1e-3, .insert = 1e-3, .duplicate = 1e-3};
    World world(config);
    world.start_both();
    ASSERT_TRUE(world.run_until(
        [&] { return world.pair().at(End::a).link_up() && world.pair().at(End::b).link_up(); }, 60s))
        << "SEED " << seed;
    world.pair().cable().set_faults({});
    Socket& socket = world.open(End::a, Behaviour::echo, 1000);
    ASSERT_TRUE(world.run_until([&] { return socket.done(); }, 60s))
        << "SEED " << seed << " " << world.describe();
    EXPECT_EQ(socket.read, socket.closed ? 1000U : 0U) << "SEED " << seed;
  }
}

// ---- Ends that do not get a link ----

struct Strangers {
  const char* name;
  std::optional<Key> a;
  std::optional<Key> b;
  LineTrouble a_says;
  LineTrouble b_says;
};

class TwoStrangers : public testing::TestWithParam<Strangers> {};

TEST_P(TwoStrangers, NeverTalkAndBothSayWhyButNotOften) {
  for (const Protocol protocol : {Protocol::automatic, Protocol::own}) {
    WorldConfig config;
    config.a_key = GetParam().a;
    config.b_key = GetParam().b;
    config.a_protocol = config.b_protocol = protocol;
    World world(config);
    world.start_both();
    world.run_for(2s);
    EXPECT_TRUE(world.heard_of(End::a, GetParam().a_says));
    EXPECT_TRUE(world.heard_of(End::b, GetParam().b_says));
    world.run_for(10min);
    EXPECT_LE(world.line_events(End::a).size(), 11U);
    EXPECT_LE(world.line_events(End::b).size(), 11U);
    EXPECT_TRUE(nothing_was_opened(world));
  }
}

TEST_P(TwoStrangers, StayStrangersWhenOneOfThemWasKnownBefore) {
  World world(sealed());
  world.start_both();
  world.bring_up();
  world.pair().set_key(End::b, GetParam().a ? GetParam().b : key_number(2));
  const LineTrouble says = GetParam().a && !GetParam().b ? GetParam().a_says : LineTrouble::key_differs;
  world.restart(End::b);
  world.run_for(5s);
  EXPECT_FALSE(world.pair().at(End::b).link_up());
  EXPECT_TRUE(world.heard_of(End::a, says));
  EXPECT_TRUE(world.heard_of(End::b, says == LineTrouble::key_differs ? says : LineTrouble::peer_needs_key));
  EXPECT_EQ(world.pair().at(End::b).stats().streams_opened, 0U);
}

INSTANTIATE_TEST_SUITE_P(With, TwoStrangers,
                         testing::Values(Strangers{"OneKey", key_number(1), std::nullopt,
                                                   LineTrouble::peer_has_no_key, LineTrouble::peer_needs_key},
                                         Strangers{"TheOtherKey", std::nullopt, key_number(1),
                                                   LineTrouble::peer_needs_key, LineTrouble::peer_has_no_key},
                                         Strangers{"DifferentKeys", key_number(1), key_number(2),
                                                   LineTrouble::key_differs, LineTrouble::key_differs}),
                         [](const auto& p) { return std::string(p.param.name); });

TEST(SealedEnd, DoesNotSpeakTheOriginalsProtocolWhicheverEndTheOriginalIs) {
  for (const End original : {End::a, End::b}) {
    for (const Protocol protocol : {Protocol::automatic, Protocol::original}) {
      WorldConfig config;
      (original == End::a ? config.a_protocol : config.b_protocol) = Protocol::original;
      (original == End::a ? config.b_protocol : config.a_protocol) = protocol;
      (original == End::a ? config.b_key : config.a_key) = key_number(1);
      World world(config);
      world.start_both();
      world.run_for(30s);
      EXPECT_TRUE(nothing_was_opened(world));
      EXPECT_TRUE(world.heard_of(sim::other(original), LineTrouble::peer_has_no_key));
    }
  }
}

TEST(SealedEnd, ComesUpAsSoonAsTheOtherHasTheKey) {
  WorldConfig config;
  config.a_key = key_number(1);
  config.b_key = key_number(2);
  World world(config);
  world.start_both();
  world.run_for(3s);
  world.pair().set_key(End::b, key_number(1));
  world.restart(End::b);
  EXPECT_LT(world.bring_up(3s), 100ms);
}

TEST(SealedEnd, SaysThatBothEndsAreServers) {
  WorldConfig config = sealed();
  config.b_role = Role::server;
  World world(config);
  world.start_both();
  world.run_for(1s);
  EXPECT_TRUE(world.heard_of(End::a, LineTrouble::both_servers));
  EXPECT_TRUE(world.heard_of(End::b, LineTrouble::both_servers));
  EXPECT_TRUE(nothing_was_opened(world));
}

TEST(SealedEnd, NamesAnEcho) {
  World world(sealed());
  world.pair().cable().set_echo(sim::Echo::on, world.now());
  world.start_both();
  world.run_for(3s);
  EXPECT_TRUE(world.heard_of(End::a, LineTrouble::echo));
  EXPECT_TRUE(nothing_was_opened(world));
}

// ---- While it is up ----

TEST(SealedLink, IsNotEndedByAGoodbyeThatAnybodyCanSay) {
  World world(sealed());
  Bytes hello;
  world.pair().set_tap([&](End to, Bytes& bytes, Time) {
    if (to == End::a && hello.empty()) hello = bytes;
  });
  world.start_both();
  world.bring_up();
  Socket& socket = world.open(End::a, Behaviour::echo, 50'000);
  for (int i = 0; i < 50; ++i) {
    // What the other end sends to a peer without a key, and its goodbye: neither is sealed.
    World stranger({.seed = static_cast<std::uint64_t>(i) + 2});
    Bytes said;
    stranger.pair().set_tap([&](End to, Bytes& bytes, Time) {
      if (to == End::a) said.insert(said.end(), bytes.begin(), bytes.end());
    });
    stranger.start_both();
    stranger.bring_up();
    stranger.pair().at(End::b).shut_down(stranger.now());
    stranger.pair().pump(End::b);
    stranger.run_for(100ms);
    ASSERT_FALSE(said.empty());
    world.inject(End::b, std::string_view(reinterpret_cast<const char*>(said.data()), said.size()));
    world.run_for(200ms);
  }
  ASSERT_TRUE(world.run_until([&] { return socket.done(); }, 60s)) << world.describe();
  EXPECT_TRUE(socket.closed);
  EXPECT_EQ(socket.read, 50'000U);
  EXPECT_GE(told(world, End::a, LineTrouble::peer_has_no_key), 1U);
  EXPECT_LE(told(world, End::a, LineTrouble::peer_has_no_key), 2U);
}

TEST(SealedLink, EndsAtOnceWhenThePeerLeaves) {
  World world(sealed());
  world.start_both();
  world.bring_up();
  Socket& socket = world.open(End::a, Behaviour::echo, 100'000);
  world.run_for(1s);
  world.shut_down(End::b);
  ASSERT_TRUE(world.run_until([&] { return socket.done(); }, 300ms));
  EXPECT_EQ(socket.reset, ResetReason::link_lost);
  EXPECT_TRUE(world.heard_of(End::a, LinkDownReason::peer_left));
  EXPECT_TRUE(world.run_until([&] { return world.pair().at(End::b).finished(); }, 100ms));
}

TEST(SealedLink, ChangesItsKeysByCountUnnoticed) {
  WorldConfig config = sealed();
  config.baud = 12'000'000;
  World world(config);
  world.start_both();
  world.bring_up();
  Socket& typist = world.open(End::a, Behaviour::echo, 0, World::Then::stay_open);
  const auto keys = [&](End end) { return world.pair().at(end).stats().keys_renewed; };
  while (keys(End::a) < 1 || keys(End::b) < 1) {
    const Time from = world.now();
    const std::uint64_t read = typist.read;
    world.write(End::a, typist, 1);
    ASSERT_TRUE(world.run_until([&] { return typist.read > read; }, 1s)) << world.describe();
    EXPECT_LT(world.now() - from, 10ms);
    ASSERT_LT(world.pair().at(End::a).stats().frames_sent, 2 * limits::kRekeyFrames) << world.describe();
  }
  EXPECT_GE(world.pair().at(End::a).stats().frames_sent, limits::kRekeyFrames);
  EXPECT_EQ(world.pair().at(End::a).stats().frames_lost, 0U);
  EXPECT_EQ(world.pair().at(End::b).stats().frames_lost, 0U);
}

TEST(SealedLink, ChangesItsKeysWithTimeUnnoticed) {
  World world(sealed());
  world.start_both();
  world.bring_up();
  Socket& typist = world.open(End::a, Behaviour::echo, 0, World::Then::stay_open);
  const Stats before = world.pair().at(End::b).stats();
  for (int i = 0; i < 4 * 60; ++i) {
    world.run_for(1min);
    const Time from = world.now();
    const std::uint64_t read = typist.read;
    world.write(End::a, typist, 1);
    ASSERT_TRUE(world.run_until([&] { return typist.read > read; }, 1s)) << world.describe();
    EXPECT_LT(world.now() - from, 10ms);
  }
  for (const End end : {End::a, End::b}) {
    EXPECT_GE(world.pair().at(end).stats().keys_renewed, 14U);
    EXPECT_LE(world.pair().at(end).stats().keys_renewed, 16U);
    EXPECT_EQ(world.pair().at(end).stats().frames_lost, 0U);
  }
  EXPECT_EQ(world.pair().at(End::b).stats().frames_damaged, before.frames_damaged);
}

TEST(SealedLink, KeepsItsKeysInStepOverALongCut) {
  WorldConfig config = sealed();
  config.hold = 10h;
  World world(config);
  world.start_both();
  world.bring_up();
  Socket& socket = world.open(End::a, Behaviour::echo, 30'000);
  world.run_for(300ms);
  world.pair().cable().cut(world.now());
  world.run_for(3h);
  world.pair().cable().join(world.now());
  ASSERT_TRUE(world.run_until([&] { return socket.done(); }, 60s)) << world.describe();
  EXPECT_TRUE(socket.closed);
  EXPECT_LE(world.pair().at(End::a).stats().keys_renewed, 2U);
}

// ---- What it costs ----

TEST(SealedCost, AOneByteMessageTakesTwentySixBytesEachWay) {
  World world(sealed());
  world.start_both();
  world.bring_up();
  const WireCost cost = wire_cost(world);
  EXPECT_LE(cost.there, 26);
  EXPECT_LE(cost.back, 26);
}

class SealedAtSpeed : public testing::TestWithParam<std::uint32_t> {};

TEST_P(SealedAtSpeed, FillsTheLine) {
  WorldConfig config = sealed();
  config.baud = GetParam();
  World world(config);
  world.start_both();
  world.bring_up();
  EXPECT_GT(goodput(world, End::a, 20s), 0.98);
}

INSTANTIATE_TEST_SUITE_P(Baud, SealedAtSpeed, testing::Values(115200, 921600, 3000000),
                         [](const auto& p) { return std::to_string(p.param); });

TEST(SealedLatency, AKeystrokeDoesNotWaitBehindBulk) {
  World world(sealed());
  world.start_both();
  world.bring_up();
  world.open(End::a, Behaviour::sink, 1ULL << 40);
  world.run_for(3s);
  const EchoTimes times = echo_times(world, 300);
  EXPECT_LE(times.median, 20ms) << times.median.count();
  EXPECT_LE(times.worst, 40ms) << times.worst.count();
}

}  // namespace
}  // namespace serialtcp::test
