// Far paths: as much may be in flight as the line carries in a round trip, with one stream or many, one way
// or both.
#include "measures.h"

namespace serialtcp::test {
namespace {

struct FarCase {
  std::uint32_t baud;
  Duration each_way;
};

class FarPath : public testing::TestWithParam<FarCase> {
 protected:
  WorldConfig config() const {
    WorldConfig config;
    config.baud = GetParam().baud;
    config.latency = GetParam().each_way;
    return config;
  }
  /// Time for windows to open, and the measured time: both are many round trips. Fast lines show the same in
  /// less time.
  Duration warm_up() const { return (is_fast() ? 3s : 10s) + 10 * GetParam().each_way; }
  Duration over() const { return (is_fast() ? 4s : 20s) + 10 * GetParam().each_way; }
  bool is_fast() const { return GetParam().baud >= 921600; }
};

TEST_P(FarPath, IsFullOneWay) {
  World world(config());
  world.start_both();
  world.bring_up(60s);
  EXPECT_GE(goodput(world, End::a, over(), warm_up()), GetParam().baud == 9600 ? 0.92 : 0.95)
      << world.describe();
}

TEST_P(FarPath, IsFullBothWays) {
  World world(config());
  world.start_both();
  world.bring_up(60s);
  for (const End end : {End::a, End::b}) world.open(end, Behaviour::sink, 1ULL << 40);
  world.run_for(warm_up());
  Meter at_a(world, End::a);
  Meter at_b(world, End::b);
  at_a.begin();
  at_b.begin();
  world.run_for(over());
  EXPECT_GE(at_a.fraction(), GetParam().baud == 9600 ? 0.90 : 0.95) << world.describe();
  EXPECT_GE(at_b.fraction(), GetParam().baud == 9600 ? 0.90 : 0.95) << world.describe();
}

TEST_P(FarPath, IsFullWithManyStreams) {
  World world(config());
  world.start_both();
  world.bring_up(60s);
  for (int i = 0; i < 20; ++i) world.open(End::a, Behaviour::sink, 1ULL << 40);
  world.run_for(warm_up());
  Meter meter(world, End::b);
  meter.begin();
  world.run_for(over());
  EXPECT_GE(meter.fraction(), GetParam().baud == 9600 ? 0.90 : 0.95) << world.describe();
}

INSTANTIATE_TEST_SUITE_P(At, FarPath,
                         testing::Values(FarCase{115200, 1500ms}, FarCase{921600, 300ms}, FarCase{9600, 5s},
                                         FarCase{57600, 2500ms}, FarCase{230400, 700ms},
                                         FarCase{3'000'000, 100ms}, FarCase{3'000'000, 600ms}),
                         [](const auto& p) {
                           return std::to_string(p.param.baud) + "Baud" +
                                  std::to_string(p.param.each_way / 1ms) + "Ms";
                         });

struct FarLumps {
  FarCase path;
  Duration quantum;
  int streams;
};

// A wrong conclusion about the speed shows only after a round trip, and must not lead to the next one.
TEST(FarPaths, AreFullAlsoWhereBytesArriveInLumps) {
  for (const auto& [path, quantum, streams] :
       {FarLumps{{921600, 300ms}, 50ms, 1}, FarLumps{{115200, 1500ms}, 50ms, 20},
        FarLumps{{115200, 1500ms}, 400ms, 1}, FarLumps{{460800, 700ms}, 85ms, 1}}) {
    WorldConfig config;
    config.baud = path.baud;
    config.latency = path.each_way;
    config.quantum = quantum;
    World world(config);
    world.start_both();
    world.bring_up(60s);
    for (int i = 1; i < streams; ++i) world.open(End::a, Behaviour::sink, 1ULL << 40);
    EXPECT_GE(goodput(world, End::a, 30s, 60s), 0.95) << path.baud << " baud, " << world.describe();
  }
}

TEST(FarPaths, LoseWhatIsDamagedAndNothingElse) {
  WorldConfig config;
  config.latency = 1500ms;
  config.faults.ber = 1e-5;
  World world(config);
  world.start_both();
  world.bring_up(60s);
  EXPECT_GE(goodput(world, End::a, 120s, 30s), 0.92) << world.describe();
  EXPECT_LT(world.pair().at(End::a).stats().probes_sent, 5U);
}

TEST(FarPaths, AreNotTakenForSilence) {
  WorldConfig config;
  config.baud = 9600;
  config.latency = 5s;
  config.hold = 0s;
  World world(config);
  world.start_both();
  world.bring_up(60s);
  Socket& socket = world.open(End::a, Behaviour::echo, 2000);
  EXPECT_TRUE(world.run_until([&] { return socket.done(); }, 120s)) << world.describe();
  EXPECT_TRUE(socket.closed);
}

TEST(FarPaths, AreNotSaidToBeAwayBeforeTheFirstAnswerCanCome) {
  for (const Duration each_way : {500ms, 2000ms, 5000ms}) {
    WorldConfig config;
    config.latency = each_way;
    World world(config);
    world.start_both();
    world.bring_up(60s);
    world.open(End::a, Behaviour::echo, 100, World::Then::stay_open);
    world.run_for(60s);
    for (const End end : {End::a, End::b}) {
      for (const Event& event : world.line_events(end))
        EXPECT_FALSE(std::holds_alternative<event::Away>(event)) << each_way / 1ms << " ms";
    }
  }
}

}  // namespace
}  // namespace serialtcp::test
