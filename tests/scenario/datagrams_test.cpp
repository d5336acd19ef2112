// Datagrams through the tunnel: complete or not at all, in time or not at all, once, in order, and without
// harm to others.
#include <algorithm>

#include "../unit/memory_in_use.h"
#include "letters.h"

namespace serialtcp::test {
namespace {

constexpr std::uint64_t kEndless = 1ULL << 40;

class Datagrams : public testing::Test {
 protected:
  explicit Datagrams(const WorldConfig& config = {}) : world(config), letters(world) {
    world.start_both();
    world.bring_up(10s);
  }

  Association& open(Duration patience = 1s, Priority priority = Priority::automatic) {
    return *letters.open(End::a, patience, priority);
  }

  /// Sends a datagram of this size at intervals of `apart`.
  void flood(Association& association, std::size_t size, Duration apart, Duration how_long) {
    for (const Time end = world.now() + how_long; world.now() < end;) {
      letters.send(End::a, association, size);
      world.run_for(apart);
    }
  }

  Duration echo_time(Socket& typist) {
    const Time from = world.now();
    const std::uint64_t read = typist.read;
    world.write(End::a, typist, 1);
    EXPECT_TRUE(world.run_until([&] { return typist.read > read; }, 10s)) << world.describe();
    return world.now() - from;
  }

  const Stats stats(End end) { return world.pair().at(end).stats(); }

  World world;
  Letters letters;
};

TEST_F(Datagrams, OfAnySizeArriveOverAnIdleLineAndSoDoTheirAnswers) {
  Association& association = open();
  association.echoes = true;
  const std::vector<std::size_t> sizes = {0, 1, 40, 95, 96, 97, 98, 512, 1400, 4095, 4096, 9000, 65507, 0, 1};
  std::uint64_t bytes = 0;
  for (const std::size_t size : sizes) {
    EXPECT_TRUE(letters.send(End::a, association, size));
    bytes += size;
    world.run_for(2 * std::chrono::milliseconds(size / 11 + 50));
  }
  for (const End end : {End::a, End::b}) {
    EXPECT_EQ(association.from(end).count, sizes.size());
    EXPECT_EQ(association.from(end).bytes, bytes);
    EXPECT_EQ(stats(end).datagrams_sent, sizes.size());
    EXPECT_EQ(stats(end).datagrams_received, sizes.size());
    EXPECT_EQ(stats(end).datagrams_dropped, 0U);
  }
}

TEST_F(Datagrams, OneOfFortyBytesTravelsInTheFrameThatOpensAndTakesNoLongerThanItsBytes) {
  world.run_for(1s);
  Association& association = open();
  letters.send(End::a, association, 40);
  world.run_for(100ms);
  EXPECT_EQ(association.from(End::a).count, 1U);
  // About 60 bytes at 11.52 a millisecond: a header, OPEN, the mark, a head, the 40 bytes, a check value, two
  // ends.
  EXPECT_LT(association.from(End::a).oldest, 6ms);
}

TEST_F(Datagrams, ThereIsRoomAgainWhenTheLineHasNearlyTakenWhatWasGiven) {
  Association& association = open();
  world.run_for(1s);
  Endpoint& endpoint = world.pair().at(End::a);
  const StreamId id = *association.at(End::a);
  const std::size_t room = endpoint.write_room(id);
  EXPECT_GT(room, 50U);  // some 15 ms of 11.52 bytes
  EXPECT_LT(room, 300U);
  letters.send(End::a, association, 1500);
  EXPECT_EQ(endpoint.write_room(id), 0U);
  const Time from = world.now();
  ASSERT_TRUE(world.run_until([&] { return endpoint.write_room(id) > 0; }, 1s));
  EXPECT_GT(world.now() - from, 90ms);  // 130 ms, less 15, less what the driver takes ahead
  EXPECT_LT(world.now() - from, 135ms);
  ASSERT_TRUE(world.run_until([&] { return association.from(End::a).count == 1; }, 1s));
}

TEST_F(Datagrams, ManySmallOnesShareAFrame) {
  Association& association = open();
  world.run_for(1s);
  const std::uint64_t frames = stats(End::a).frames_sent;
  for (int i = 0; i < 40; ++i) letters.send(End::a, association, 20);
  world.run_for(1s);
  EXPECT_EQ(association.from(End::a).count, 40U);
  EXPECT_LE(stats(End::a).frames_sent - frames, 12U);
}

TEST_F(Datagrams, OfSeveralAssociationsDoNotMix) {
  std::vector<Association*> all;
  for (int i = 0; i < 50; ++i) all.push_back(&open(30s));
  for (std::size_t size = 1; size < 200; size += 17) {
    for (Association* const association : all) letters.send(End::a, *association, size);
  }
  world.run_for(20s);
  for (Association* const association : all) EXPECT_EQ(association->from(End::a).count, 12U);
}

TEST_F(Datagrams, WaitNoLongerThanTheyMayOnABusyLine) {
  world.open(End::a, Behaviour::sink, kEndless, World::Then::shut, [] {
    Purpose first;
    first.priority = Priority::interactive;
    return first;
  }());
  world.run_for(2s);
  Association& bulk = open(300ms, Priority::bulk);
  flood(bulk, 100, 20ms, 5s);
  // It is never served beside one that always comes first.
  EXPECT_EQ(bulk.from(End::a).count, 0U);
  EXPECT_GE(stats(End::a).datagrams_dropped, 200U);

  // Ten times what the line carries, of which it gets half.
  Association& equal = open(300ms, Priority::interactive);
  flood(equal, 1000, 10ms, 10s);
  world.run_for(1s);
  EXPECT_GE(equal.from(End::a).bytes, 50'000U);
  EXPECT_LE(equal.from(End::a).oldest, 300ms + 300ms) << "1000 bytes in two turns, and the other's between";
  EXPECT_GE(equal.from(End::a).oldest, 250ms);
}

TEST_F(Datagrams, AFloodOfThemLeavesAKeystrokeItsTimeAndABulkStreamItsShare) {
  Association& association = open();
  Socket& bulk = world.open(End::a, Behaviour::sink, kEndless);
  Socket& typist = world.open(End::a, Behaviour::echo, 0, World::Then::stay_open);
  flood(association, 1000, 5ms, 3s);
  const std::uint64_t bulk_before = bulk.partner->read;
  const std::uint64_t flood_before = association.from(End::a).bytes;
  const Time from = world.now();
  std::vector<Duration> times;
  for (int i = 0; i < 200; ++i) {
    flood(association, 1000, 5ms, 37ms + std::chrono::milliseconds(i % 90));
    times.push_back(echo_time(typist));
  }
  std::ranges::sort(times);
  EXPECT_LT(times[times.size() / 2], 13ms);
  EXPECT_LT(times.back(), 30ms);
  const double seconds = std::chrono::duration<double>(world.now() - from).count();
  const double bulk_share =
      static_cast<double>(bulk.partner->read - bulk_before) / seconds / world.line_rate();
  const double flood_share =
      static_cast<double>(association.from(End::a).bytes - flood_before) / seconds / world.line_rate();
  EXPECT_GE(bulk_share, 0.47);
  EXPECT_GE(flood_share, 0.42);
}

TEST_F(Datagrams, OfEverySizeArriveThoughKeystrokesCutTheirFrames) {
  Association& association = open(30s, Priority::bulk);
  Socket& typist = world.open(End::a, Behaviour::sink, 0, World::Then::stay_open);
  std::uint64_t sent = 0;
  for (std::size_t size = 80; size < 140; ++size) {
    for (int i = 0; i < 10; ++i, ++sent) {
      EXPECT_TRUE(letters.send(End::a, association, size));
      // At another byte of it each time.
      world.run_for(500us * (i + 1));
      world.write(End::a, typist, 1);
      world.run_for(15ms);
    }
  }
  world.run_for(2s);
  EXPECT_EQ(association.from(End::a).count, sent);
  EXPECT_EQ(typist.partner->read, sent);
}

TEST_F(Datagrams, AKeystrokeDoesNotWaitBehindTheLongestDatagram) {
  Association& association = open();
  Socket& typist = world.open(End::a, Behaviour::echo, 0, World::Then::stay_open);
  world.run_for(1s);
  for (int i = 0; i < 3; ++i) letters.send(End::a, association, limits::kMaxDatagram);
  Duration worst{};
  for (int i = 0; i < 100; ++i) {
    worst = std::max(worst, echo_time(typist));
    world.run_for(41ms);
  }
  EXPECT_LT(worst, 30ms);
  world.run_for(10s);
  EXPECT_EQ(association.from(End::a).count, 1U) << "the others have waited for too long";
}

TEST_F(Datagrams, ThatAreLostAreNotSentAgain) {
  Association& association = open();
  world.run_for(1s);
  world.pair().cable().cut(world.now());
  for (int i = 0; i < 5; ++i) letters.send(End::a, association, 100);
  world.run_for(3s);
  world.pair().cable().join(world.now());
  world.run_for(5s);
  EXPECT_EQ(association.from(End::a).count, 0U);
  EXPECT_GT(stats(End::a).frames_lost, 0U);
  EXPECT_EQ(stats(End::a).payload_bytes_resent, 0U);
  letters.send(End::a, association, 100);
  world.run_for(1s);
  EXPECT_EQ(association.from(End::a).count, 1U);
}

TEST_F(Datagrams, ThatWaitedWhileTheLineWasAwayAreNotSentWhenItIsBack) {
  Association& association = open();
  world.run_for(1s);
  letters.send(End::a, association, 60'000);
  world.run_for(1s);  // some of it was sent
  world.pair().unplug(End::a);
  letters.send(End::a, association, 100);
  world.run_for(10s);
  letters.send(End::a, association, 50);  // not late yet
  world.pair().plug(End::a);
  const std::uint64_t sent = stats(End::a).wire_bytes_sent;
  world.run_for(10s);
  EXPECT_EQ(association.from(End::a).count, 1U);
  EXPECT_EQ(association.from(End::a).bytes, 50U);
  EXPECT_LT(stats(End::a).wire_bytes_sent - sent, 60U) << "nor is the rest of one that had begun";
  EXPECT_EQ(stats(End::a).datagrams_dropped, 2U);
}

TEST_F(Datagrams, TheRestOfOneThatHasLostAPieceIsNotSent) {
  Association& association = open();
  world.run_for(1s);
  letters.send(End::a, association, limits::kMaxDatagram);
  world.run_for(2s);
  world.pair().cable().cut(world.now());
  world.run_for(100ms);
  world.pair().cable().join(world.now());
  world.run_for(5s);
  EXPECT_EQ(association.from(End::a).count, 0U);
  EXPECT_EQ(stats(End::a).datagrams_dropped, 1U);
  EXPECT_EQ(stats(End::b).datagrams_dropped, 1U);
  EXPECT_LT(stats(End::a).wire_bytes_sent, 40'000U);
}

TEST_F(Datagrams, AnAssociationThatIsShutAtBothSidesEndsWhenAllHasBeenRead) {
  Association& association = open(30s);
  for (int i = 0; i < 20; ++i) letters.send(End::a, association, 500);
  world.run_for(100ms);
  letters.shut(association);
  EXPECT_TRUE(world.run_until([&] { return letters.all_done(); }, 10s));
  EXPECT_EQ(association.from(End::a).count, 20U);
  EXPECT_TRUE(association.closed[0] && association.closed[1]);
  world.expect_quiet();
}

TEST_F(Datagrams, AVerbForTheOtherKindOfStreamIsRefused) {
  Association& association = open();
  Socket& socket = world.open(End::a, Behaviour::sink, 0, World::Then::stay_open);
  Endpoint& endpoint = world.pair().at(End::a);
  const StreamId datagrams = *association.at(End::a);
  std::array<Byte, 4> bytes{};
  EXPECT_EQ(endpoint.write(datagrams, bytes, world.now()).error(), StreamError::wrong_kind);
  EXPECT_GT(endpoint.write_room(datagrams), 0U);  // for datagrams
  EXPECT_EQ(endpoint.read(datagrams, bytes, world.now()).error(), StreamError::wrong_kind);
  EXPECT_EQ(endpoint.send_datagram(socket.id, bytes, 1s, world.now()).error(), StreamError::wrong_kind);
  EXPECT_EQ(endpoint.read_datagram(socket.id, world.now()).error(), StreamError::wrong_kind);
  const Bytes much(limits::kMaxDatagram + 1);
  EXPECT_EQ(endpoint.send_datagram(datagrams, much, 1s, world.now()).error(), StreamError::too_long);
  ASSERT_TRUE(endpoint.shut_write(datagrams, world.now()));
  EXPECT_EQ(endpoint.send_datagram(datagrams, bytes, 1s, world.now()).error(), StreamError::write_shut);
}

TEST(DatagramBounds, ASenderHoldsNoMoreThanItMayAndLeavesRoomForOneMore) {
  World world({});
  Letters letters(world);
  world.start_both();
  world.bring_up();
  world.pair().cable().cut(world.now());
  world.run_for(100ms);
  std::vector<Association*> floods;
  for (int i = 0; i < 60; ++i) floods.push_back(letters.open(End::a, 1h));
  for (int turn = 0; turn < 300; ++turn) {
    for (Association* const one : floods) letters.send(End::a, *one, 1400);
  }
  const Stats stats = world.pair().at(End::a).stats();
  EXPECT_LE(stats.send_buffer_bytes, limits::kDatagramQueueSum);
  EXPECT_GT(stats.datagrams_dropped, 10'000U);
  EXPECT_TRUE(letters.send(End::a, *letters.open(End::a, 1h), limits::kMaxDatagram));
  // Empty datagrams are counted, too.
  Association& empty = *letters.open(End::a, 1h);
  for (int i = 0; i < 10'000; ++i) letters.send(End::a, empty, 0);
  EXPECT_LE(empty.from(End::a).sent.size() * limits::kDatagramOverhead, limits::kDatagramQueue);
}

TEST(DatagramBounds, AReceiverThatIsNotReadHoldsNoMoreThanItMay) {
  World world({.baud = 12'000'000});
  Letters letters(world);
  world.start_both();
  world.bring_up();
  letters.reads = false;
  std::vector<Association*> all;
  for (int i = 0; i < 40; ++i) all.push_back(letters.open(End::a, 1s));
  for (int turn = 0; turn < 400; ++turn) {
    for (Association* const one : all) letters.send(End::a, *one, 1000);
    world.run_for(50ms);
  }
  const Stats stats = world.pair().at(End::b).stats();
  EXPECT_LE(stats.receive_buffer_bytes, limits::kDatagramQueueSum + limits::kPartialDatagramSum);
  EXPECT_GT(stats.receive_buffer_bytes, limits::kDatagramQueueSum / 2);
  EXPECT_GT(stats.datagrams_dropped, 10'000U);
  letters.reads = true;
  letters.read_all();  // checks what is there
  EXPECT_EQ(world.pair().at(End::b).stats().receive_buffer_bytes, 0U);
}

TEST(DatagramBounds, AnIdleAssociationCostsLittleMoreThanAnIdleStream) {
  if (memory_in_use() == 0) GTEST_SKIP() << "nobody counts memory here";
  const auto cost = [](StreamKind kind) {
    World world({});
    world.start_both();
    world.bring_up();
    Endpoint& endpoint = world.pair().at(End::a);
    Purpose purpose;
    purpose.kind = kind;
    const std::size_t before = memory_in_use();
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(endpoint.open(purpose, world.now()));
    return (memory_in_use() - before) / 1000;
  };
  EXPECT_LT(cost(StreamKind::datagrams), cost(StreamKind::bytes) + 300);
}

}  // namespace
}  // namespace serialtcp::test
