// Seeds, with the original at one end or at both. Its protocol repairs nothing and promises less: while the
// line and the programs work, every connection is exact and ends when either side ends it. After any damage,
// nothing crashes or hangs, and connections that are opened from then on are exact again. SERIALTCP_SEEDS as
// for Soak.
#include <algorithm>

#include "soak.h"

namespace serialtcp::test {
namespace {

// The longest wait of the original's synchronising is 60 s, and the other end may have just begun one.
constexpr Duration kReadyAgain = 130s;

class OriginalSoak {
 public:
  explicit OriginalSoak(std::uint64_t seed) : random_(seed), config_(line(seed)), world_(config_) {}

  void run() {
    world_.start_both();
    wait_for_service();
    for (int i = 0; i < 2 && !testing::Test::HasFailure(); ++i) {
      serve_exactly();
      suffer();
      recover();
    }
    serve_exactly();
    world_.expect_quiet();
  }

 private:
  WorldConfig line(std::uint64_t seed) {
    constexpr std::uint32_t kBauds[] = {9600, 57600, 115200, 921600};
    WorldConfig config;
    config.seed = seed;
    config.baud = kBauds[random_.below(std::size(kBauds))];
    config.tty_queue = std::size_t{64} << random_.below(4);
    config.quantum = std::chrono::microseconds(100 + random_.below(4000));
    const std::uint64_t originals = random_.below(3);
    if (originals != 0) config.a_protocol = Protocol::original;
    if (originals != 1) config.b_protocol = Protocol::original;
    return config;
  }

  bool ready() {
    return world_.pair().at(End::a).link_up() && world_.pair().at(End::b).link_up() &&
           (config_.a_protocol == Protocol::original || world_.protocol_at(End::a) == Protocol::original) &&
           (config_.b_protocol == Protocol::original || world_.protocol_at(End::b) == Protocol::original);
  }

  void wait_for_service() {
    EXPECT_TRUE(world_.run_until([&] { return ready(); }, kReadyAgain)) << world_.describe();
    world_.run_for(1s);
  }

  std::uint64_t size() { return random_.below(random_.chance(0.7) ? 100 : config_.baud / 20); }

  /// One connection after the other, ended by the near side or by the far one: either ends both directions.
  void serve_exactly() {
    for (std::uint64_t n = 1 + random_.below(4); n > 0 && !testing::Test::HasFailure(); --n) {
      constexpr Behaviour kFar[] = {Behaviour::echo, Behaviour::silent, Behaviour::source, Behaviour::refuse};
      const Behaviour behaviour = kFar[random_.below(std::size(kFar))];
      const bool far_ends = behaviour == Behaviour::source;
      const bool echoes = behaviour == Behaviour::echo;
      world_.far_does = behaviour;
      world_.source_bytes = size();
      Socket& near = world_.open(End::a, behaviour, far_ends ? 0 : size(), World::Then::stay_open);
      if (!echoes) near.expects.reset();
      const auto far = [&]() -> Socket* {
        for (auto& [id, socket] : world_.sockets(End::b)) {
          if (socket.pattern > near.pattern) return &socket;
        }
        return nullptr;
      };
      const auto all_there = [&] {
        if (near.done()) return true;
        return !far_ends && far() != nullptr && far()->read == near.to_write &&
               (!echoes || near.read == near.to_write);
      };
      EXPECT_TRUE(world_.run_until(all_there, 60s)) << world_.describe();
      if (!near.done()) world_.shut(End::a, near);
      EXPECT_TRUE(world_.run_until([&] { return world_.all_done(); }, 30s)) << world_.describe();
      EXPECT_EQ(near.reset.has_value(), behaviour == Behaviour::refuse);
      EXPECT_TRUE(!far_ends || near.read == world_.source_bytes);
      world_.run_for(1s);
    }
  }

  /// Anything may happen now, and have any effect except a crash.
  void suffer() {
    world_.stop_checking();
    const std::uint64_t turns = 3 + random_.below(10);
    for (std::uint64_t i = 0; i < turns; ++i) {
      const End end = random_.chance(0.5) ? End::a : End::b;
      world_.far_does = static_cast<Behaviour>(random_.below(5));
      switch (random_.below(7)) {
        case 0:
          world_.restart(end);
          break;
        case 1:
          world_.pair().cable().cut(world_.now());
          world_.run_for(std::chrono::milliseconds(random_.below(20'000)));
          world_.pair().cable().join(world_.now());
          break;
        case 2:
          world_.pair().unplug(end);
          world_.run_for(std::chrono::milliseconds(random_.below(3000)));
          world_.pair().plug(end);
          break;
        case 3:
          world_.inject(end, "\r\nboard login: \x1f~");
          break;
        case 4:
          world_.pair().cable().set_faults(end, random_faults(random_));
          break;
        default:
          if (world_.pair().at(End::a).link_up()) world_.try_open(End::a, Behaviour::echo, size());
          break;
      }
      world_.run_for(std::chrono::milliseconds(random_.below(2000)));
    }
  }

  /// The line works again, and both applications give up what they had.
  void recover() {
    world_.pair().cable().set_faults(sim::Faults{});
    for (const End end : {End::a, End::b}) {
      for (auto& [id, socket] : world_.sockets(end)) {
        if (!socket.done()) world_.reset(end, socket, ResetReason::aborted);
      }
    }
    world_.far_does = Behaviour::sink;
    wait_for_service();
    EXPECT_TRUE(world_.run_until([&] { return world_.all_done(); }, 30s)) << world_.describe();
    world_.check_again();
  }

  base::Prng random_;
  WorldConfig config_;
  World world_;
};

TEST(SoakWithTheOriginal, IsExactWhileAllIsWellAndComesBackFromAnything) {
  const Seeds seeds = seeds_to_run();
  // Its waits are long, but little happens in them.
  for (std::uint64_t seed = seeds.first; seed < seeds.first + (seeds.count + 3) / 4; ++seed) {
    SCOPED_TRACE(replay(seed));
    OriginalSoak(seed).run();
    ASSERT_FALSE(HasFailure());
  }
}

}  // namespace
}  // namespace serialtcp::test
