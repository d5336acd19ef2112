// Lines that deliver bytes in lumps: nothing is lost, but a frame may pause in the middle for half a second.
// A pause is not damage, and the line stays full.
#include "measures.h"

namespace serialtcp::test {
namespace {

struct LumpCase {
  std::string name;
  Duration quantum{0};  ///< at fixed times, as from a timer ...
  sim::Lumps lumps{};   ///< ... or counted from the first byte of each lump
  std::optional<sim::Lumps> back = std::nullopt;
};

constexpr std::uint32_t kBauds[] = {2400, 9600, 38400, 115200, 921600};

WorldConfig lumpy(const LumpCase& lumps, std::uint32_t baud, std::uint64_t seed) {
  WorldConfig config;
  config.baud = baud;
  config.seed = seed;
  config.quantum = lumps.quantum;
  config.lumps = lumps.lumps;
  config.b_to_a_lumps = lumps.back;
  return config;
}

/// The same number of frames.
Duration measured_over(std::uint32_t baud) {
  return baud >= 921600 ? 20s : baud >= 9600 ? 60s : 240s;
}

class Lumps : public testing::TestWithParam<LumpCase> {};

TEST_P(Lumps, LeaveTheLineFull) {
  for (const std::uint32_t baud : kBauds) {
    World world(lumpy(GetParam(), baud, baud));
    world.start_both();
    world.bring_up(20s);
    const double one_way = goodput(world, End::a, measured_over(baud), 20s);
    EXPECT_GE(one_way, 0.9) << baud << " " << world.describe();
  }
}

TEST_P(Lumps, LeaveItFullBothWays) {
  for (const std::uint32_t baud : kBauds) {
    World world(lumpy(GetParam(), baud, baud + 1));
    world.start_both();
    world.bring_up(20s);
    for (const End end : {End::a, End::b}) world.open(end, Behaviour::sink, 1ULL << 40);
    world.run_for(20s);
    Meter at_a(world, End::a);
    Meter at_b(world, End::b);
    at_a.begin();
    at_b.begin();
    world.run_for(measured_over(baud));
    const double there = at_b.fraction();
    const double back = at_a.fraction();
    EXPECT_GE(there, 0.9) << baud << " " << world.describe();
    EXPECT_GE(back, 0.9) << baud << " " << world.describe();
  }
}

LumpCase grid(Duration quantum) {
  return {"Every" + std::to_string(quantum / 1ms) + "ms", quantum};
}

INSTANTIATE_TEST_SUITE_P(Handed, Lumps,
                         testing::Values(grid(5ms), grid(17ms), grid(40ms), grid(50ms), grid(63ms),
                                         grid(100ms), grid(173ms), grid(250ms), grid(500ms),
                                         LumpCase{"Jittered", 0ms, {.every = 120ms, .jitter = 0.9}},
                                         LumpCase{"JitteredWidely", 0ms, {.every = 260ms, .jitter = 0.9}},
                                         LumpCase{"NagleAndDelayedAck", 0ms, {.every = 40ms, .size = 1460}},
                                         LumpCase{"BySize", 0ms, {.every = 400ms, .size = 512}},
                                         LumpCase{"OneWayOnly", 0ms, {.every = 200ms}, sim::Lumps{}},
                                         LumpCase{"UnlikeEachWay",
                                                  0ms,
                                                  {.every = 35ms, .jitter = 0.5},
                                                  sim::Lumps{.every = 430ms, .jitter = 0.2}}),
                         [](const auto& p) { return p.param.name; });

// The earliest frames of rounds scatter, too: a line must not seem slower and slower.
TEST(LumpsForLong, LeaveTheLineFull) {
  World world(lumpy({"", 50ms}, 921600, 1));
  world.start_both();
  world.bring_up(20s);
  EXPECT_GE(goodput(world, End::a, 20s, 600s), 0.98) << world.describe();
}

TEST(LumpsThatChange, LeaveTheLineFull) {
  for (const std::uint32_t baud : {4800U, 57600U, 230400U}) {
    World world(lumpy({"", 50ms}, baud, baud));
    world.start_both();
    world.bring_up(20s);
    world.open(End::b, Behaviour::sink, 1ULL << 40);
    EXPECT_GE(goodput(world, End::a, 20s, 20s), 0.9) << baud;
    for (const Duration quantum : {400ms, 85ms}) {
      world.pair().cable().set_quantum(quantum, world.now());
      EXPECT_GE(goodput(world, End::a, 60s), 0.9)
          << baud << ", then " << quantum / 1ms << " ms " << world.describe();
    }
  }
}

/// Frames of equal length would keep step with these.
TEST(LumpsLikeFrames, LeaveTheLineFull) {
  for (const std::uint32_t baud : {31250U, 460800U}) {
    World world(lumpy({"", 71ms}, baud, baud + 71));
    world.start_both();
    world.bring_up(20s);
    EXPECT_GE(goodput(world, End::a, 60s, 20s), 0.9) << baud << " " << world.describe();
  }
}

}  // namespace
}  // namespace serialtcp::test
