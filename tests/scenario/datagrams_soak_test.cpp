// Seeds of datagrams: associations and streams together, with any faults. What is read is checked as it is
// read (letters.h). SERIALTCP_SEEDS=FIRST:COUNT runs other seeds.
#include <array>
#include <iostream>

#include "letters.h"
#include "soak.h"

namespace serialtcp::test {
namespace {

/// Everything at once, from a seed: lines of several speeds with faults, cuts and devices that go away;
/// streams and associations. What is read is checked as it is read.
class Weather {
 public:
  explicit Weather(std::uint64_t seed) : random_(seed), world_(config(seed)), letters_(world_) {}

  void run() {
    world_.start_both();
    world_.bring_up(20s);
    for (int i = 0; i < 60 && !testing::Test::HasFailure(); ++i) turn();
    world_.pair().cable().set_faults({});
    letters_.shut_all();
    world_.run_for(1s);
    // What was opened while the line was bad becomes known at the other end only now.
    EXPECT_TRUE(
        world_.run_until([&] { return letters_.shut_all(), letters_.all_done() && world_.all_done(); }, 120s))
        << world_.describe();
    world_.expect_quiet();
  }

  std::uint64_t sent = 0;
  std::uint64_t received() const { return letters_.received(); }

 private:
  static WorldConfig config(std::uint64_t seed) {
    constexpr std::array<std::uint32_t, 3> kBauds = {38400, 115200, 921600};
    WorldConfig config;
    config.seed = seed;
    config.baud = kBauds[seed % kBauds.size()];
    config.latency = std::chrono::milliseconds(seed % 7 == 0 ? 20 : 0);
    if (seed % 3 == 0) config.a_key = config.b_key = key_number(1);
    return config;
  }

  std::size_t size() {
    const double kind = random_.unit();
    return random_.below(kind < 0.5 ? 120 : kind < 0.9 ? 3000 : limits::kMaxDatagram + 1);
  }

  void turn() {
    const End end = random_.chance(0.5) ? End::a : End::b;
    switch (random_.below(10)) {
      case 0:
        world_.pair().cable().set_faults(random_.chance(0.4) ? sim::Faults{} : random_faults(random_));
        break;
      case 1:
        world_.pair().cable().cut(world_.now());
        world_.run_for(std::chrono::milliseconds(random_.below(1000)));
        world_.pair().cable().join(world_.now());
        break;
      case 2:
        world_.pair().unplug(end);
        world_.run_for(std::chrono::milliseconds(random_.below(1000)));
        world_.pair().plug(end);
        break;
      case 3:
        letters_.open(end, std::chrono::milliseconds(50 + random_.below(3000)));
        break;
      case 4:
        world_.try_open(end, Behaviour::echo, random_.below(5000));
        break;
      default:
        for (Association& one : letters_.all()) {
          for (std::uint64_t n = random_.below(4); n > 0; --n) sent += letters_.send(end, one, size());
        }
        break;
    }
    world_.run_for(std::chrono::milliseconds(random_.below(300)));
  }

  base::Prng random_;
  World world_;
  Letters letters_;
};

constexpr std::uint64_t kParts = 4;
/// A seed takes longer than one of the other soak test, so there are fewer.
constexpr std::uint64_t kFewer = 10;

class DatagramSoakPart : public testing::TestWithParam<std::uint64_t> {};

TEST_P(DatagramSoakPart, WhateverHappensTheRightOnesArriveOrNone) {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  const Seeds seeds = seeds_to_run();
  const std::uint64_t end = seeds.first + std::max<std::uint64_t>(1, seeds.count / kFewer);
  for (std::uint64_t seed = seeds.first + GetParam(); seed < end; seed += kParts) {
    SCOPED_TRACE(replay(seed));
    Weather weather(seed);
    weather.run();
    ASSERT_FALSE(HasFailure());
    sent += weather.sent;
    received += weather.received();
  }
  std::cout << received << " of " << sent << " datagrams arrived\n";
  // The faults were thus neither negligible nor overwhelming.
  EXPECT_TRUE(seeds.count < 1000 || (received > sent / 10 && received < sent));
}

INSTANTIATE_TEST_SUITE_P(Seeds, DatagramSoakPart, testing::Range(std::uint64_t{0}, kParts),
                         [](const auto& part) { return "Part" + std::to_string(part.param); });

}  // namespace
}  // namespace serialtcp::test
