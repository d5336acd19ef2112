// Lines that flip bits, and two ends that repair frames where possible: exact, and little is retransmitted.
#include "world.h"

namespace serialtcp::test {
namespace {

TEST(Mended, MostOfWhatIsDamagedIsNotSentAgain) {
  WorldConfig config;
  config.faults.ber = 1e-5;
  World world(config);
  world.start_both();
  world.bring_up(5s);
  for (int i = 0; i < 4; ++i) world.open(i % 2 == 0 ? End::a : End::b, Behaviour::echo, 300'000);
  ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 600s)) << world.describe();
  for (const End end : {End::a, End::b}) {
    const Stats stats = world.pair().at(end).stats();
    EXPECT_GT(stats.frames_mended, 50U);
    EXPECT_GT(stats.frames_mended * 4, stats.frames_damaged * 3);
    EXPECT_LT(stats.payload_bytes_resent * 40, stats.payload_bytes_sent);
  }
  world.expect_quiet();
}

TEST(Mended, WhateverIsConfirmedWhileBytesAreLostAndInsertedIsExact) {
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    WorldConfig config;
    config.seed = seed;
    config.faults = {.ber = 1e-4, .drop = 3e-5, .insert = 3e-5, .burst = 1e-5};
    World world(config);
    world.start_both();
    world.bring_up(5s);
    for (int i = 0; i < 8; ++i) world.open(i % 2 == 0 ? End::a : End::b, Behaviour::echo, 20'000);
    ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 200s))
        << "SEED " << seed << " " << world.describe();
    EXPECT_GT(world.pair().at(End::a).stats().frames_mended, 0U) << "SEED " << seed;
    world.expect_quiet();
  }
}

TEST(Mended, NothingIsOnASealedLink) {
  WorldConfig config;
  config.faults.ber = 1e-5;
  config.a_key = config.b_key = key_number(1);
  World world(config);
  world.start_both();
  world.bring_up(5s);
  world.open(End::a, Behaviour::echo, 300'000);
  ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 600s)) << world.describe();
  EXPECT_EQ(world.pair().at(End::a).stats().frames_mended, 0U);
  EXPECT_GT(world.pair().at(End::a).stats().frames_lost, 0U);
  world.expect_quiet();
}

}  // namespace
}  // namespace serialtcp::test
