// Seeds. Each chooses a line, its faults, restarts, cuts and a workload; the oracle is plain TCP: what is
// read is a prefix of what was written (World checks every byte), and all of it if both ends closed in order.
// After the faults stop, everything finishes. SERIALTCP_SEEDS=FIRST:COUNT runs others.
#include <cstdlib>
#include <string>

#include "world.h"

namespace serialtcp::test {
namespace {

template <typename T, std::size_t n>
T pick(base::Prng& random, const T (&choices)[n]) {
  return choices[random.below(n)];
}

double fault(base::Prng& random, double most) {
  return random.chance(0.5) ? 0 : most * random.unit() * random.unit();
}

WorldConfig random_line(base::Prng& random, std::uint64_t seed) {
  WorldConfig config;
  config.seed = seed;
  config.baud = pick(random, {9600U, 57600U, 115200U, 115200U, 921600U, 3000000U});
  config.tty_queue = pick(random, {64U, 1024U, 4096U, 22048U});
  config.latency = std::chrono::milliseconds(random.chance(0.7) ? 0 : random.below(40));
  // Up to 3 % off, as cheap oscillators are; or a port that does not say how fast it is.
  config.nominal_rate = random.chance(0.8) ? config.baud / 10 : pick(random, {1152U, 11520U, 1000000U});
  config.faults = {.ber = fault(random, 1e-3),
                   .drop = fault(random, 1e-3),
                   .insert = fault(random, 1e-3),
                   .duplicate = fault(random, 1e-3),
                   .zero = fault(random, 1e-3),
                   .burst = fault(random, 1e-4),
                   .burst_length = static_cast<std::uint32_t>(1 + random.below(200)),
                   .stall = fault(random, 1e-4),
                   .stall_time = std::chrono::milliseconds(random.below(300))};
  return config;
}

class Soak {
 public:
  explicit Soak(std::uint64_t seed) : random_(seed), world_(random_line(random_, seed)) {}

  void run() {
    world_.start_both();
    const int turns = 20 + static_cast<int>(random_.below(60));
    for (int i = 0; i < turns && !testing::Test::HasFailure(); ++i) {
      turn();
      world_.run_for(std::chrono::microseconds(random_.below(400'000)));
    }
    finish();
  }

 private:
  void turn() {
    const End end = random_.chance(0.5) ? End::a : End::b;
    switch (random_.below(24)) {
      case 0:
        world_.restart(end);
        break;
      case 1:
        cut();
        break;
      case 2:
        reopen(end);
        break;
      case 3:
        world_.inject(end, "\r\nboard login: \x1f~");
        break;
      case 4:
        world_.set_latency(std::chrono::milliseconds(random_.below(50)));
        break;
      case 5:
      case 6:
        reset_one(end);
        break;
      case 7:
      case 8:
        resume_all();
        break;
      default:
        open_some(end);
        break;
    }
  }

  void open_some(End end) {
    world_.far_reads = !random_.chance(0.1);
    world_.source_bytes = size();
    for (std::uint64_t n = random_.below(6); n > 0 && world_.pair().at(end).link_up(); --n) {
      const auto far = pick(
          random_, {Behaviour::echo, Behaviour::echo, Behaviour::sink, Behaviour::source, Behaviour::refuse});
      world_.open(end, far, size());
    }
  }

  std::uint64_t size() {
    return random_.chance(0.5) ? random_.below(40) : random_.below(random_.chance(0.2) ? 60'000 : 3'000);
  }

  void cut() {
    world_.pair().cable().cut(world_.now());
    world_.run_for(std::chrono::milliseconds(random_.below(5000)));
    world_.pair().cable().join(world_.now());
  }

  void reopen(End end) {
    world_.pair().cable().clear_queue(end, world_.now());
    world_.pair().at(end).line_restored(world_.now());
    world_.pair().pump(end);
  }

  void reset_one(End end) {
    for (auto& [id, socket] : world_.sockets(end)) {
      if (socket.done() || random_.chance(0.7)) continue;
      world_.pair().at(end).reset(id, ResetReason::aborted, world_.now());
      socket.reset = ResetReason::aborted;
      socket.reset_by_us = true;
      world_.pair().pump(end);
      return;
    }
  }

  void resume_all() {
    for (const End end : {End::a, End::b}) {
      for (auto& [id, socket] : world_.sockets(end)) {
        if (!socket.done() && !socket.reads) world_.resume_reading(end, socket);
      }
    }
  }

  void finish() {
    world_.pair().cable().set_faults({});
    world_.far_reads = true;
    resume_all();
    // Everything that can be outstanding, over the slowest line, both ways, and room for probes.
    ASSERT_TRUE(world_.run_until(
        [&] {
          resume_all();
          return world_.all_done();
        },
        1200s))
        << world_.describe();
    world_.bring_up(5s);
    world_.expect_quiet();
    Socket& last = world_.open(End::a, Behaviour::echo, 100);
    ASSERT_TRUE(world_.run_until([&] { return last.done(); }, 5s)) << world_.describe();
    EXPECT_TRUE(last.closed);
  }

  base::Prng random_;
  World world_;
};

TEST(Soak, WhateverTheLineDoesConnectionsAreTcp) {
  std::uint64_t first = 1;
  std::uint64_t count = 300;
  if (const char* const seeds = std::getenv("SERIALTCP_SEEDS")) {
    const std::string text = seeds;
    first = std::stoull(text);
    if (const auto colon = text.find(':'); colon != std::string::npos)
      count = std::stoull(text.substr(colon + 1));
  }
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE("SEED " + std::to_string(seed) + ": replay with SERIALTCP_SEEDS=" + std::to_string(seed) +
                 ":1");
    Soak(seed).run();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace serialtcp::test
