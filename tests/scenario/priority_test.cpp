// Priorities that the user gives to a service, which override the scheduler's own classification, in both
// directions.
#include <algorithm>

#include "measures.h"
#include "world.h"

namespace serialtcp::test {
namespace {

constexpr std::uint64_t kEndless = 1ULL << 40;

Purpose with(Priority priority) {
  Purpose purpose;
  purpose.priority = priority;
  return purpose;
}

class Priorities : public testing::Test {
 protected:
  Priorities() {
    world.start_both();
    world.bring_up();
    world.source_bytes = kEndless;
  }

  /// The share of the line that the second stream has over 10 s, while both have unlimited data to send.
  double share_there(Priority first, Priority second) {
    const Socket& one = open(Behaviour::sink, first);
    const Socket& other = open(Behaviour::sink, second);
    world.run_for(2s);
    const std::uint64_t before_one = one.partner->read;
    const std::uint64_t before_other = other.partner->read;
    world.run_for(10s);
    return share(one.partner->read - before_one, other.partner->read - before_other);
  }
  double share_back(Priority first, Priority second) {
    const Socket& one = open(Behaviour::source, first);
    const Socket& other = open(Behaviour::source, second);
    world.run_for(2s);
    const std::uint64_t before_one = one.read;
    const std::uint64_t before_other = other.read;
    world.run_for(10s);
    return share(one.read - before_one, other.read - before_other);
  }

  /// The median time of a keystroke and its echo, beside the other traffic.
  Duration echo_time(Priority priority) {
    Socket& typist = world.open(End::a, Behaviour::echo, 0, World::Then::stay_open, with(priority));
    std::vector<Duration> times;
    for (int i = 0; i < 100; ++i) {
      world.run_for(97ms);
      const Time begin = world.now();
      world.write(End::a, typist, 1);
      EXPECT_TRUE(world.run_until([&] { return typist.read == typist.written; }, 5s));
      times.push_back(world.now() - begin);
    }
    std::ranges::nth_element(times, times.begin() + 50);
    return times[50];
  }

  Socket& open(Behaviour far, Priority priority) {
    return world.open(End::a, far, far == Behaviour::sink ? kEndless : 1, World::Then::stay_open,
                      with(priority));
  }

  World world{WorldConfig{}};

 private:
  static double share(std::uint64_t one, std::uint64_t other) {
    EXPECT_GT(one + other, 100'000U);
    return static_cast<double>(other) / static_cast<double>(one + other);
  }
};

TEST_F(Priorities, OfEqualsShareTheLine) {
  EXPECT_NEAR(share_there(Priority::automatic, Priority::automatic), 0.5, 0.02);
}

TEST_F(Priorities, BulkSharesWithWhatAsksForMuch) {
  EXPECT_NEAR(share_there(Priority::automatic, Priority::bulk), 0.5, 0.02);
}

TEST_F(Priorities, InteractiveGoesFirstHoweverMuchItAsksFor) {
  EXPECT_GE(share_there(Priority::automatic, Priority::interactive), 0.97);
}

TEST_F(Priorities, AreKnownToTheOtherEnd) {
  EXPECT_GE(share_back(Priority::automatic, Priority::interactive), 0.97);
}

TEST_F(Priorities, InteractiveOnesLeaveRoomForAKeystroke) {
  open(Behaviour::sink, Priority::interactive);
  EXPECT_LE(echo_time(Priority::automatic), 15ms);
}

TEST_F(Priorities, BulkDoesNotOvertakeOthersThoughItAsksForLittle) {
  open(Behaviour::sink, Priority::automatic);
  const Duration automatic = echo_time(Priority::automatic);
  const Duration bulk = echo_time(Priority::bulk);
  EXPECT_LE(automatic, 15ms);
  EXPECT_GE(bulk, 3 * automatic);
}

/// As in ssh, where each keystroke is a packet of 36 bytes.
TEST_F(Priorities, AKeystrokeOfAnInteractiveStreamWaitsForNoneOfAllTheOthers) {
  constexpr std::uint64_t kKey = 36;
  for (const End end : {End::a, End::b}) {
    world.open(end, Behaviour::sink, kEndless, World::Then::stay_open, with(Priority::bulk));
    world.open(end, Behaviour::sink, kEndless, World::Then::stay_open);
  }
  Socket& typist =
      world.open(End::a, Behaviour::echo, 0, World::Then::stay_open, with(Priority::interactive));
  world.run_for(3s);
  std::vector<Duration> times;
  for (int i = 0; i < 300; ++i) {
    // Others have requests and answers, both ways.
    world.open(End::a, Behaviour::echo, 600);
    world.open(End::b, Behaviour::echo, 300);
    world.run_for(80ms + std::chrono::microseconds(1013 * (i % 30)));
    const Time begin = world.now();
    world.write(End::a, typist, kKey);
    ASSERT_TRUE(world.run_until([&] { return typist.read == typist.written; }, 5s)) << world.describe();
    times.push_back(world.now() - begin);
  }
  // The keystroke alone takes 8.
  EXPECT_LE(percentile(times, 50), 13ms);
  EXPECT_LE(percentile(times, 99), 18ms);
}

}  // namespace
}  // namespace serialtcp::test
