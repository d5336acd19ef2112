// How streams end by a reset: after the bytes before it, whatever the line, the reader and the content are;
// and what happens when a reader stops, or the link goes down.
#include <string>

#include "world.h"

namespace serialtcp::test {
namespace {

Socket* far_side(World& world, End end) {
  for (auto& [id, socket] : world.sockets(sim::other(end))) {
    if (!socket.done()) return &socket;
  }
  return nullptr;
}

enum class Seal : std::uint8_t { none, key };

struct Ending {
  std::uint32_t baud;
  Seal seal;
  Payload payload;
  std::string name;
};

class ResetInOrder : public testing::TestWithParam<Ending> {
 protected:
  WorldConfig config() const {
    WorldConfig config;
    config.baud = GetParam().baud;
    config.tty_queue = 4096;
    if (GetParam().seal == Seal::key) config.a_key = config.b_key = key_number(1);
    return config;
  }
  /// At most half a second of the line.
  std::uint64_t most() const { return GetParam().baud / 20; }
};

TEST_P(ResetInOrder, ComesAfterAllThatWasWritten) {
  for (const std::uint64_t size : {std::uint64_t{1}, std::uint64_t{100}, std::uint64_t{9000}, most()}) {
    for (const End end : {End::a, End::b}) {
      World world(config());
      world.payload = GetParam().payload;
      world.start_both();
      world.bring_up(10s);
      Socket& socket = world.open(end, Behaviour::silent, size, World::Then::stay_open);
      ASSERT_TRUE(world.run_until([&] { return socket.written == size; }, 120s)) << world.describe();
      world.reset_in_order(end, socket, ResetReason::aborted);
      const auto over = [&] { return socket.partner != nullptr && world.all_done(); };
      ASSERT_TRUE(world.run_until(over, 60s)) << world.describe();
      EXPECT_EQ(socket.partner->read, size);
      EXPECT_EQ(socket.partner->reset, ResetReason::aborted);
      world.expect_quiet();
    }
  }
}

TEST_P(ResetInOrder, ComesAfterWhatASlowReaderHasNotReadYet) {
  World world(config());
  world.payload = GetParam().payload;
  world.far_reads = false;
  world.start_both();
  world.bring_up(10s);
  const std::uint64_t size = std::min<std::uint64_t>(most(), limits::kInitialCredit);
  Socket& socket = world.open(End::a, Behaviour::silent, size, World::Then::stay_open);
  ASSERT_TRUE(world.run_until([&] { return socket.written == size; }, 60s)) << world.describe();
  world.reset_in_order(End::a, socket, ResetReason::aborted);
  world.run_for(30s);
  ASSERT_NE(socket.partner, nullptr);
  EXPECT_FALSE(socket.partner->done());
  world.resume_reading(End::b, *socket.partner);
  ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 5s)) << world.describe();
  EXPECT_EQ(socket.partner->read, size);
  world.expect_quiet();
}

TEST_P(ResetInOrder, ComesAfterTheEndWhereThatWasSaid) {
  World world(config());
  world.payload = GetParam().payload;
  world.start_both();
  world.bring_up(10s);
  Socket& socket = world.open(End::a, Behaviour::silent, 3000, World::Then::shut);
  ASSERT_TRUE(world.run_until([&] { return socket.shut; }, 60s)) << world.describe();
  world.reset_in_order(End::a, socket, ResetReason::aborted);
  const auto over = [&] { return socket.partner != nullptr && world.all_done(); };
  ASSERT_TRUE(world.run_until(over, 60s)) << world.describe();
  EXPECT_EQ(socket.partner->read, 3000U);
  EXPECT_TRUE(socket.partner->end_read);
  world.expect_quiet();
}

TEST_P(ResetInOrder, StopsWhatFlowsTowardsTheEndThatResets) {
  World world(config());
  world.payload = GetParam().payload;
  world.source_bytes = std::uint64_t{1} << 40;
  world.start_both();
  world.bring_up(10s);
  Socket& socket = world.open(End::a, Behaviour::source, 200, World::Then::stay_open);
  ASSERT_TRUE(world.run_until([&] { return socket.read >= 2000; }, 60s)) << world.describe();
  // From then on the application of the far side tries to write for ever.
  socket.partner->to_write = socket.partner->written;
  socket.partner->shut_after = false;
  const std::uint64_t sent = world.pair().at(End::b).stats().wire_bytes_sent;
  world.reset_in_order(End::a, socket, ResetReason::aborted);
  ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 60s)) << world.describe();
  EXPECT_EQ(socket.partner->read, 200U);
  // What was in flight, and no more: far less than what the stream may hold.
  EXPECT_LE(world.pair().at(End::b).stats().wire_bytes_sent - sent, GetParam().baud / 10 + 5000);
  world.expect_quiet();
}

INSTANTIATE_TEST_SUITE_P(Lines, ResetInOrder,
                         testing::Values(Ending{9600, Seal::none, Payload::random, "RandomAt9600"},
                                         Ending{115200, Seal::none, Payload::random, "RandomAt115200"},
                                         Ending{115200, Seal::none, Payload::text, "TextAt115200"},
                                         Ending{115200, Seal::key, Payload::text, "SealedTextAt115200"},
                                         Ending{921600, Seal::key, Payload::random, "SealedRandomAt921600"},
                                         Ending{3'000'000, Seal::none, Payload::mixed, "MixedAt3000000"}),
                         [](const auto& ending) { return ending.param.name; });

TEST(ResetInOrder, IsNotWaitedForForEverByAReaderThatHasStopped) {
  World world({});
  world.far_reads = false;
  world.start_both();
  world.bring_up();
  Socket& socket = world.open(End::a, Behaviour::silent, 20'000, World::Then::stay_open);
  world.run_for(10s);
  world.reset_in_order(End::a, socket, ResetReason::aborted);
  EXPECT_GT(world.pair().at(End::a).stats().send_buffer_bytes, 0U);
  world.run_for(80s);
  EXPECT_EQ(world.pair().at(End::a).stats().send_buffer_bytes, 0U);
  // The other end holds what its reader may still read, and no further index.
  EXPECT_LE(world.pair().at(End::b).stats().receive_buffer_bytes, limits::kInitialCredit);
  Socket* const far = far_side(world, End::a);
  ASSERT_NE(far, nullptr);
  world.resume_reading(End::b, *far);
  ASSERT_TRUE(world.run_until([&] { return far->done(); }, 1s));
  EXPECT_EQ(far->reset, ResetReason::aborted);
  world.expect_quiet();
}

TEST(ResetInOrder, OutlivesALineThatIsAwayForLongerThanAReaderIsWaitedFor) {
  World world({});
  world.start_both();
  world.bring_up();
  Socket& socket = world.open(End::a, Behaviour::silent, 20'000, World::Then::stay_open);
  ASSERT_TRUE(world.run_until([&] { return socket.written == 20'000; }, 10s));
  world.pair().cable().cut(world.now());
  world.reset_in_order(End::a, socket, ResetReason::aborted);
  world.run_for(100s);
  world.pair().cable().join(world.now());
  ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 30s)) << world.describe();
  EXPECT_EQ(socket.partner->read, 20'000U);
  world.expect_quiet();
}

TEST(ResetInOrder, OfBothEndsAtOnceEndsTheStream) {
  for (int delay = 0; delay < 40; ++delay) {
    World world({.seed = static_cast<std::uint64_t>(delay + 1)});
    world.start_both();
    world.bring_up();
    world.source_bytes = 6000;
    Socket& socket = world.open(End::a, Behaviour::source, 6000, World::Then::stay_open);
    ASSERT_TRUE(world.run_until([&] { return socket.partner != nullptr; }, 5s));
    world.reset_in_order(End::a, socket, ResetReason::aborted);
    world.run_for(std::chrono::milliseconds(5 * delay));
    if (!socket.partner->done()) world.reset_in_order(End::b, *socket.partner, ResetReason::aborted);
    ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 20s)) << world.describe();
    world.expect_quiet();
  }
}

TEST(LinkLost, LeavesWhatHasArrivedToItsReader) {
  World world({});
  world.far_reads = false;
  world.start_both();
  world.bring_up();
  Socket& open = world.open(End::a, Behaviour::silent, 5000, World::Then::stay_open);
  Socket& ended = world.open(End::a, Behaviour::sink, 4000);
  world.run_for(3s);
  ASSERT_NE(open.partner, nullptr);
  ASSERT_NE(ended.partner, nullptr);
  world.shut_down(End::a);
  world.run_for(2s);
  EXPECT_TRUE(world.heard_of(End::b, LinkDownReason::peer_left));
  EXPECT_FALSE(open.partner->done());
  world.resume_reading(End::b, *open.partner);
  world.resume_reading(End::b, *ended.partner);
  world.run_for(1s);
  EXPECT_EQ(open.partner->read, 5000U);
  EXPECT_EQ(open.partner->reset, ResetReason::link_lost);
  EXPECT_EQ(ended.partner->read, 4000U);
  EXPECT_TRUE(ended.partner->end_read) << "which had arrived, too";
  EXPECT_EQ(world.pair().at(End::b).stats().streams_now, 0U);
}

TEST(LinkLost, AgainAndAgainKeepsNoMoreThanOneLinkMayHold) {
  WorldConfig config;
  config.baud = 3'000'000;
  config.max_streams = 50;
  World world(config);
  world.far_reads = false;
  world.start_both();
  for (int round = 0; round < 8; ++round) {
    world.bring_up(10s);
    for (int i = 0; i < 50; ++i) world.open(End::a, Behaviour::silent, 8000, World::Then::stay_open);
    world.run_for(4s);
    world.restart(End::a);
    world.run_for(2s);
    EXPECT_LE(world.pair().at(End::b).stats().streams_now, 100U);
  }
}

TEST(Leaving, HearsWhatTheOtherEndStillHas) {
  World world({});
  bool peer_leaves = false;
  world.set_listener([&](End, const Event& event) {
    peer_leaves = peer_leaves || std::holds_alternative<event::PeerLeaving>(event);
    return std::holds_alternative<event::PeerLeaving>(event);
  });
  world.start_both();
  world.bring_up();
  world.source_bytes = 16'000;
  Socket& socket = world.open(End::a, Behaviour::source, 0, World::Then::stay_open);
  ASSERT_TRUE(world.run_until([&] { return socket.read > 0; }, 5s));
  world.pair().at(End::a).announce_leaving(world.now());
  world.pair().pump(End::a);
  std::uint64_t most = 0;
  std::optional<std::uint64_t> last;
  ASSERT_TRUE(world.run_until(
      [&] {
        if (peer_leaves) world.pair().at(End::b).tell_left(0, world.now());
        world.pair().pump(End::b);
        last = world.pair().at(End::a).peer_left();
        most = std::max(most, last.value_or(0));
        return last == 0;
      },
      10s));
  EXPECT_GT(most, 5000U);
  EXPECT_LE(most, 16'001U);
  EXPECT_EQ(socket.read, 16'000U) << "all had arrived when it said so";
}

/// The events of the shell when the peer does not answer, and when it does again.
struct Absence : testing::Test {
  void watch(World& world) {
    world.set_listener([this](End end, const Event& event) {
      if (end != End::a) return false;
      if (std::holds_alternative<event::Away>(event)) ++away;
      if (std::holds_alternative<event::Back>(event)) ++back;
      return std::holds_alternative<event::Away>(event) || std::holds_alternative<event::Back>(event);
    });
  }
  int away = 0;
  int back = 0;
};

TEST_F(Absence, OfTheDeviceIsToldAfterASecond) {
  World world({});
  watch(world);
  world.start_both();
  world.bring_up();
  world.run_for(5s);
  world.pair().unplug(End::a);
  world.run_for(900ms);
  EXPECT_EQ(away, 0);
  world.run_for(300ms);
  EXPECT_EQ(away, 1);
  world.run_for(10s);
  world.pair().plug(End::a);
  world.run_for(2s);
  EXPECT_EQ(away, 1);
  EXPECT_EQ(back, 1);
}

TEST_F(Absence, OfAnAnswerIsToldOnceItIsOverdueAlsoOnAnIdleLine) {
  for (const std::uint32_t baud : {1200U, 9600U, 115200U, 921600U}) {
    away = back = 0;
    World world({.baud = baud});
    watch(world);
    world.start_both();
    world.bring_up(20s);
    world.run_for(60s);
    EXPECT_EQ(away, 0) << "the peer answers";
    world.pair().cable().cut(world.now());
    world.run_for(12s);
    EXPECT_EQ(away, 1) << "nobody has sent anything at " << baud;
    world.open(End::a, Behaviour::echo, 10, World::Then::stay_open);
    world.run_for(8s);
    EXPECT_EQ(away, 1) << baud;
    world.pair().cable().join(world.now());
    world.run_for(10s);
    EXPECT_EQ(back, 1) << baud;
  }
}

TEST_F(Absence, IsNotToldOfALineThatIsOnlySlowFarOrBusy) {
  for (const Duration latency : {Duration(0), Duration(300ms), Duration(1500ms)}) {
    WorldConfig config;
    config.baud = 9600;
    World world(config);
    watch(world);
    world.start_both();
    world.bring_up(20s);
    world.set_latency(latency);
    world.source_bytes = 20'000;
    for (int i = 0; i < 5; ++i) {
      world.open(End::a, Behaviour::source, 5000);
      world.open(End::b, Behaviour::source, 5000);
    }
    world.run_for(120s);
    if (latency < 1s) {
      EXPECT_EQ(away, 0);
    }
    EXPECT_EQ(away, back);
  }
}

}  // namespace
}  // namespace serialtcp::test
