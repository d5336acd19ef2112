// The properties of a TCP connection through the tunnel: bytes exact and in order, half-close, reset,
// refusal, back-pressure.
#include "world.h"

namespace serialtcp::test {
namespace {

TEST(Streams, EchoesEveryByteAndClosesInOrder) {
  World world({});
  world.start_both();
  world.bring_up();
  Socket& socket = world.open(End::a, Behaviour::echo, 20'000);
  ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 20s)) << world.describe();
  EXPECT_EQ(socket.read, 20'000U);
  EXPECT_TRUE(socket.closed);
  world.expect_quiet();
}

TEST(Streams, EndOfInputInOneDirectionLeavesTheOtherOpen) {
  World world({});
  world.start_both();
  world.bring_up();
  world.source_bytes = 30'000;
  Socket& socket = world.open(End::a, Behaviour::source, 0);
  ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 20s)) << world.describe();
  EXPECT_EQ(socket.read, 30'000U);
  EXPECT_TRUE(socket.closed);
  world.expect_quiet();
}

TEST(Streams, ARefusalArrivesAsItsReason) {
  World world({});
  world.start_both();
  world.bring_up();
  Socket& socket = world.open(End::a, Behaviour::refuse, 5000);
  ASSERT_TRUE(world.run_until([&] { return socket.done(); }, 5s));
  EXPECT_EQ(socket.reset, ResetReason::refused);
  world.expect_quiet();
}

TEST(Streams, AResetEndsBothSidesAndTheIndexIsUsedAgain) {
  World world({});
  world.start_both();
  world.bring_up();
  for (int round = 0; round < 300; ++round) {
    Socket& socket = world.open(round % 2 == 0 ? End::a : End::b, Behaviour::silent, 3000);
    world.run_for(50ms);
    const End end = round % 2 == 0 ? End::a : End::b;
    world.reset(end, socket, ResetReason::aborted);
    ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 5s)) << round;
  }
  world.expect_quiet();
}

TEST(Streams, AStoppedReaderStallsOnlyItsOwnStream) {
  World world({});
  world.start_both();
  world.bring_up();
  world.far_reads = false;
  Socket& stalled = world.open(End::a, Behaviour::sink, 1'000'000);
  world.run_for(2s);
  world.far_reads = true;
  Socket& other = world.open(End::a, Behaviour::echo, 10'000);
  ASSERT_TRUE(world.run_until([&] { return other.done(); }, 20s)) << world.describe();
  EXPECT_EQ(other.read, 10'000U);
  world.run_for(3600s);
  EXPECT_FALSE(stalled.done());
  EXPECT_LE(world.pair().at(End::b).stats().receive_buffer_bytes, limits::kInitialCredit);
  for (auto& [id, socket] : world.sockets(End::b)) {
    if (!socket.done()) world.resume_reading(End::b, socket);
  }
  ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 200s));
  EXPECT_TRUE(stalled.closed);
  world.expect_quiet();
}

TEST(Streams, AThousandAtOnceAreEachExact) {
  World world({.baud = 921600});
  world.start_both();
  world.bring_up();
  for (int i = 0; i < 1000; ++i)
    world.open(i % 3 == 0 ? End::b : End::a, Behaviour::echo, 200 + static_cast<std::uint64_t>(i));
  ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 120s)) << world.describe();
  for (const End end : {End::a, End::b}) {
    for (const auto& [id, socket] : world.sockets(end)) EXPECT_TRUE(socket.closed);
  }
  world.expect_quiet();
}

TEST(Streams, OpeningsInFrontOfBulkDoNotMakeAFrameTooLong) {
  WorldConfig config;
  config.baud = 3'000'000;
  World world(config);
  world.start_both();
  world.bring_up();
  world.open(End::a, Behaviour::sink, 1ULL << 40);
  world.run_for(2s);
  const std::uint64_t damaged = world.pair().at(End::b).stats().frames_damaged;
  for (int burst = 0; burst < 20; ++burst) {
    for (int i = 0; i < 40; ++i) world.open(End::a, Behaviour::silent, 90, World::Then::stay_open);
    world.run_for(37ms);
  }
  EXPECT_EQ(world.pair().at(End::b).stats().frames_damaged, damaged);
  EXPECT_EQ(world.pair().at(End::a).stats().frames_lost, 0U);
}

TEST(Streams, EveryFaultIsRepaired) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    WorldConfig config;
    config.seed = seed;
    config.faults = {
        .ber = 1e-4, .drop = 1e-4, .insert = 1e-4, .duplicate = 1e-4, .zero = 1e-4, .burst = 1e-5};
    World world(config);
    world.start_both();
    world.bring_up(5s);
    world.source_bytes = 10'000;
    for (int i = 0; i < 5; ++i) {
      world.open(End::a, Behaviour::echo, 5'000);
      world.open(End::b, Behaviour::source, 100);
    }
    ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 120s))
        << "SEED " << seed << " " << world.describe();
    for (const End end : {End::a, End::b}) {
      for (const auto& [id, socket] : world.sockets(end)) EXPECT_TRUE(socket.closed) << "SEED " << seed;
    }
    world.expect_quiet();
  }
}

TEST(Streams, MoreOpeningsThanAPeerMayMakeAreTurnedDownAndTheNextSecondsAreNot) {
  World world({.baud = 12'000'000});
  world.start_both();
  world.bring_up();
  const auto open_many = [&](std::uint64_t count) {
    std::uint64_t turned_down = 0;
    for (std::uint64_t i = 0; i < count; i += 100) {
      std::vector<Socket*> sockets;
      for (int k = 0; k < 100; ++k) sockets.push_back(&world.open(End::a, Behaviour::refuse, 0));
      world.run_for(5ms);
      for (const Socket* socket : sockets) {
        EXPECT_TRUE(socket->reset) << world.describe();
        if (socket->reset == ResetReason::no_resources) ++turned_down;
      }
    }
    return turned_down;
  };
  const Time from = world.now();
  constexpr std::uint64_t kMany = limits::kOpensAtOnce + 4000;
  const std::uint64_t turned_down = open_many(kMany);
  const auto seconds = std::chrono::duration<double>(world.now() - from).count();
  EXPECT_NEAR(static_cast<double>(turned_down),
              static_cast<double>(kMany - limits::kOpensAtOnce) - seconds * limits::kOpensPerSecond, 200);
  world.run_for(3s);
  EXPECT_EQ(open_many(1000), 0U);
}

}  // namespace
}  // namespace serialtcp::test
