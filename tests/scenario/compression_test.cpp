// The benefit of compression, that it costs nothing where it has no benefit, and that it loses nothing.
#include <algorithm>

#include "world.h"

namespace serialtcp::test {
namespace {

/// Content that arrives during one bulk transfer, as a multiple of what the line carries.
double multiple_of_the_line(World& world, End from, Duration over) {
  world.open(from, Behaviour::sink, 1ULL << 40);
  world.run_for(1s);
  const End to = sim::other(from);
  const std::uint64_t before = world.pair().at(to).stats().payload_bytes_received;
  world.run_for(over);
  const std::uint64_t after = world.pair().at(to).stats().payload_bytes_received;
  return static_cast<double>(after - before) / (static_cast<double>(over.count()) / 1e9) / world.line_rate();
}

struct SpeedCase {
  std::uint32_t baud;
  Duration latency;
};
class TextAtSpeed : public testing::TestWithParam<SpeedCase> {};

TEST_P(TextAtSpeed, TravelsThreeTimesAsFastAsTheLine) {
  World world({.baud = GetParam().baud, .latency = GetParam().latency});
  world.payload = Payload::text;
  world.start_both();
  world.bring_up();
  const double multiple = multiple_of_the_line(world, End::a, 10s);
  RecordProperty("multiple", std::to_string(multiple));
  EXPECT_GT(multiple, 3.0) << multiple;
}

INSTANTIATE_TEST_SUITE_P(Case, TextAtSpeed,
                         testing::Values(SpeedCase{9600, 0ms}, SpeedCase{115200, 0ms},
                                         SpeedCase{115200, 50ms}, SpeedCase{921600, 0ms},
                                         SpeedCase{921600, 16ms}),
                         [](const auto& p) {
                           return std::to_string(p.param.baud) + "With" +
                                  std::to_string(p.param.latency / 1ms) + "ms";
                         });

TEST(Compression, BothWaysAtOnceTextTravelsThreeTimesAsFastAsTheLine) {
  World world({});
  world.payload = Payload::text;
  world.start_both();
  world.bring_up();
  world.open(End::b, Behaviour::sink, 1ULL << 40);
  const std::uint64_t before = world.pair().at(End::a).stats().payload_bytes_received;
  const double one = multiple_of_the_line(world, End::a, 10s);
  const double other = static_cast<double>(world.pair().at(End::a).stats().payload_bytes_received - before) /
                       11 / world.line_rate();
  EXPECT_GT(one, 3.0);
  EXPECT_GT(other, 2.9);
}

TEST(Compression, TextIsExactOverALineThatLosesAndDamages) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    WorldConfig config;
    config.seed = seed;
    config.faults = {
        .ber = 1e-4, .drop = 1e-4, .insert = 1e-4, .duplicate = 1e-4, .zero = 1e-4, .burst = 1e-5};
    World world(config);
    world.start_both();
    world.bring_up(5s);
    world.source_bytes = 40'000;
    for (const Payload payload : {Payload::text, Payload::mixed, Payload::random}) {
      world.payload = payload;
      world.open(End::a, Behaviour::echo, 30'000);
      world.open(End::b, Behaviour::source, 20'000);
    }
    ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 200s))
        << "SEED " << seed << " " << world.describe();
    for (const End end : {End::a, End::b}) {
      for (const auto& [id, socket] : world.sockets(end)) EXPECT_TRUE(socket.closed) << "SEED " << seed;
    }
    world.expect_quiet();
  }
}

TEST(Compression, IsUsedOnlyWhenBothEndsWantIt) {
  for (const auto& [a, b] :
       {std::pair{Compression::on, Compression::off}, std::pair{Compression::off, Compression::on},
        std::pair{Compression::off, Compression::off}}) {
    World world({.a_compression = a, .b_compression = b});
    world.payload = Payload::text;
    world.start_both();
    world.bring_up();
    world.source_bytes = 30'000;
    const Socket& echoed = world.open(End::a, Behaviour::echo, 30'000);
    world.open(End::b, Behaviour::source, 30'000);
    ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 60s)) << world.describe();
    EXPECT_EQ(echoed.read, 30'000U);
    EXPECT_EQ(world.pair().at(End::a).stats().packed_bytes_sent, 0U);
    EXPECT_EQ(world.pair().at(End::b).stats().packed_bytes_sent, 0U);
    world.expect_quiet();
  }
}

TEST(Compression, CostsRandomDataLessThanAThousandthOfTheLine) {
  std::array<double, 2> multiples{};
  for (const Compression compression : {Compression::off, Compression::on}) {
    World world({.a_compression = compression, .b_compression = compression});
    world.start_both();
    world.bring_up();
    multiples[compression == Compression::on ? 1 : 0] = multiple_of_the_line(world, End::a, 60s);
    EXPECT_EQ(world.pair().at(End::a).stats().packed_bytes_sent, 0U);
  }
  EXPECT_GT(multiples[1], multiples[0] * 0.999);
}

TEST(Compression, OfDataThatIsHalfTextIsWorthMoreThanItCosts) {
  World world({});
  world.payload = Payload::mixed;
  world.start_both();
  world.bring_up();
  EXPECT_GT(multiple_of_the_line(world, End::a, 60s), 1.15);
}

TEST(Compression, LeavesAKeystrokeAsItIsAndDoesNotHoldItBack) {
  World world({});
  world.payload = Payload::text;
  world.start_both();
  world.bring_up();
  Socket& typist = world.open(End::a, Behaviour::echo, 0, World::Then::stay_open);
  world.run_for(200ms);
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t read = typist.read;
    const Time from = world.now();
    world.write(End::a, typist, 1);
    ASSERT_TRUE(world.run_until([&] { return typist.read > read; }, 1s)) << world.describe();
    EXPECT_LT(world.now() - from, 4ms);
    world.run_for(50ms);
  }
  EXPECT_EQ(world.pair().at(End::a).stats().packed_bytes_sent, 0U);
}

TEST(Compression, AKeystrokeOfAnotherStreamDoesNotWaitBehindText) {
  World world({});
  world.payload = Payload::text;
  world.start_both();
  world.bring_up();
  world.open(End::a, Behaviour::sink, 1ULL << 40);
  world.run_for(2s);
  Socket& typist = world.open(End::a, Behaviour::echo, 0, World::Then::stay_open);
  std::vector<Duration> times;
  for (int i = 0; i < 200; ++i) {
    const std::uint64_t read = typist.read;
    const Time from = world.now();
    world.write(End::a, typist, 1);
    ASSERT_TRUE(world.run_until([&] { return typist.read > read; }, 1s)) << world.describe();
    times.push_back(world.now() - from);
    world.run_for(37ms);
  }
  std::ranges::sort(times);
  EXPECT_LT(times[times.size() / 2], 13ms);
  EXPECT_LT(times.back(), 30ms);
}

TEST(Compression, AStoppedReaderOfTextIsHeldToItsCredit) {
  World world({});
  world.payload = Payload::text;
  world.start_both();
  world.bring_up();
  world.far_reads = false;
  world.open(End::a, Behaviour::sink, 1'000'000);
  world.run_for(60s);
  EXPECT_LE(world.pair().at(End::b).stats().receive_buffer_bytes, limits::kInitialCredit);
  EXPECT_GT(world.pair().at(End::b).stats().receive_buffer_bytes, limits::kInitialCredit / 2);
  for (auto& [id, socket] : world.sockets(End::b)) world.resume_reading(End::b, socket);
  ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 200s)) << world.describe();
  world.expect_quiet();
}

TEST(Compression, MoreStreamsOfTextThanMayBePackedAtOnceAreAllExact) {
  World world({.baud = 921600});
  world.payload = Payload::text;
  world.start_both();
  world.bring_up();
  for (std::size_t i = 0; i < 3 * limits::kPackedRuns; ++i)
    world.open(i % 3 == 0 ? End::b : End::a, Behaviour::echo, 20'000);
  ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 300s)) << world.describe();
  for (const End end : {End::a, End::b}) {
    EXPECT_GT(world.pair().at(end).stats().packed_bytes_sent, 0U);
    for (const auto& [id, socket] : world.sockets(end)) EXPECT_TRUE(socket.closed);
  }
  world.expect_quiet();
}

TEST(Compression, AnIdleStreamGivesUpItsPlaceToOneThatHasText) {
  World world({});
  world.payload = Payload::text;
  world.start_both();
  world.bring_up();
  std::vector<Socket*> idle;
  for (std::size_t i = 0; i < limits::kPackedRuns; ++i)
    idle.push_back(&world.open(End::a, Behaviour::sink, 1000, World::Then::stay_open));
  world.run_for(30s);
  const Stats before = world.pair().at(End::a).stats();
  EXPECT_GT(before.packed_payload_bytes, 900 * limits::kPackedRuns) << "each packed what it had";
  EXPECT_GT(multiple_of_the_line(world, End::a, 20s), 2.5);
  // And those that gave up compression can use it again.
  const Stats after = world.pair().at(End::a).stats();
  world.write(End::a, *idle.front(), 100'000);
  world.run_for(20s);
  EXPECT_EQ(idle.front()->written, 101'000U);
  EXPECT_GT(world.pair().at(End::a).stats().packed_payload_bytes, after.packed_payload_bytes + 50'000);
}

}  // namespace
}  // namespace serialtcp::test
