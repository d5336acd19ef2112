// Lines that lose the first bytes after a silence, because transceivers have to wake up. A longer lead-in is
// learned, and a keystroke does not wait for a retransmission.
#include "measures.h"

namespace serialtcp::test {
namespace {

struct WakeCase {
  std::uint32_t bytes;
  Duration silence;
  std::uint32_t baud = 115200;
  bool sealed = false;
};

class Waking : public testing::TestWithParam<WakeCase> {
 protected:
  WorldConfig config(std::uint64_t seed) const {
    WorldConfig config;
    config.seed = seed;
    config.baud = GetParam().baud;
    config.faults.wake_bytes = GetParam().bytes;
    config.faults.wake_silence = GetParam().silence;
    if (GetParam().sealed) config.a_key = config.b_key = key_number(1);
    return config;
  }
  Duration byte_time() const { return Duration(10s) / GetParam().baud; }
};

TEST_P(Waking, LinksComeUp) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    World world(config(seed));
    world.pair().start(End::a);
    world.run_for(std::chrono::milliseconds(seed * 397));
    world.pair().start(End::b);
    const Duration patience = 9s + 600 * byte_time();
    world.bring_up(patience);
    Socket& socket = world.open(End::a, Behaviour::echo, 1);
    EXPECT_TRUE(world.run_until([&] { return socket.done(); }, patience))
        << "SEED " << seed << world.describe();
  }
}

TEST_P(Waking, KeystrokesDoNotWaitForRetransmissions) {
  World world(config(7));
  world.start_both();
  world.bring_up(6s);
  echo_times(world, 20, 150ms);
  const EchoTimes times = echo_times(world, 200, 150ms);
  // Twice the keystroke, its frame and the longest lead-in. A retransmission takes 200 ms at least.
  EXPECT_LT(times.median, 10ms + 200 * byte_time());
  EXPECT_LT(times.p99, 150ms + 200 * byte_time());
}

TEST_P(Waking, BulkFillsTheLine) {
  const std::uint64_t seeds = GetParam().baud > 115200 ? 3 : 12;  // the fast ones have more bytes to simulate
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(seed);
    World world(config(seed));
    world.start_both();
    world.bring_up(6s);
    EXPECT_GE(goodput(world, End::a, 30s, 10s), 0.9) << world.describe();
  }
}

TEST_P(Waking, BulkBesideKeystrokesLosesLittle) {
  World world(config(4));
  world.start_both();
  world.bring_up(6s);
  // Bursts with pauses between them, from the end that otherwise only answers.
  Socket& socket = world.open(End::b, Behaviour::sink, 1, World::Then::stay_open);
  world.run_for(10s);
  ASSERT_NE(socket.partner, nullptr) << world.describe();
  const std::uint64_t before = world.pair().at(End::b).stats().frames_lost;
  for (int i = 0; i < 100; ++i) {
    world.write(End::b, socket, 200);
    world.run_for(200ms + 2 * 200 * byte_time());
  }
  EXPECT_TRUE(
      world.run_until([&] { return socket.partner->read == socket.written; }, 5s + 400 * byte_time()));
  EXPECT_LE(world.pair().at(End::b).stats().frames_lost - before, 10U) << "of 100 that began after a silence";
}

INSTANTIATE_TEST_SUITE_P(Up, Waking,
                         testing::Values(WakeCase{1, 20ms}, WakeCase{3, 100ms}, WakeCase{8, 20ms},
                                         WakeCase{8, 5ms}, WakeCase{17, 10ms}, WakeCase{32, 5ms},
                                         WakeCase{8, 20ms, 9600}, WakeCase{30, 50ms, 57600},
                                         WakeCase{8, 20ms, 921600}, WakeCase{2, 20ms, 38400, true},
                                         WakeCase{8, 20ms, 115200, true}, WakeCase{31, 40ms, 115200, true},
                                         WakeCase{64, 60ms}, WakeCase{33, 7ms, 38400},
                                         WakeCase{8, 20ms, 1200}, WakeCase{8, 20ms, 2400},
                                         WakeCase{16, 50ms, 19200}, WakeCase{40, 100ms},
                                         WakeCase{24, 15ms, 460800}, WakeCase{12, 2ms, 460800}),
                         [](const auto& p) {
                           return std::to_string(p.param.bytes) + "After" +
                                  std::to_string(p.param.silence / 1ms) + "MsAt" +
                                  std::to_string(p.param.baud) + (p.param.sealed ? "Sealed" : "");
                         });

TEST(NotWaking, IsNotSuspectedOfALineThatDoesNot) {
  World world({});
  world.pair().start(End::a);
  world.run_for(5s);
  world.pair().start(End::b);
  world.bring_up();
  const WireCost cost = wire_cost(world);
  EXPECT_LE(cost.there, 12);
  EXPECT_LE(cost.back, 12);
}

}  // namespace
}  // namespace serialtcp::test
