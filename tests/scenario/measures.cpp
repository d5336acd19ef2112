#include "measures.h"

#include <algorithm>

namespace serialtcp::test {

void Meter::begin() {
  await_arrival();
  bytes_ = received();
  since_ = world_.now();
}

double Meter::fraction() {
  await_arrival();
  const double seconds = static_cast<double>((world_.now() - since_).count()) / 1e9;
  return static_cast<double>(received() - bytes_) / seconds / world_.line_rate();
}

void Meter::await_arrival() {
  const std::uint64_t so_far = received();
  EXPECT_TRUE(world_.run_until([&] { return received() > so_far; }, 20s)) << world_.describe();
}

double goodput(World& world, End from, Duration over, Duration warm_up) {
  world.open(from, Behaviour::sink, 1ULL << 40);
  world.run_for(warm_up);
  Meter meter(world, sim::other(from));
  meter.begin();
  world.run_for(over);
  return meter.fraction();
}

Duration percentile(std::vector<Duration> times, std::size_t percent) {
  std::ranges::sort(times);
  return times[std::min(times.size() - 1, times.size() * percent / 100)];
}

EchoTimes echo_times(World& world, int rounds, Duration apart) {
  Socket& typist = world.open(End::a, Behaviour::echo, 0, World::Then::stay_open);
  std::vector<Duration> times;
  world.run_for(200ms);
  for (int i = 0; i < rounds; ++i) {
    const Time from = world.now();
    const std::uint64_t read = typist.read;
    world.write(End::a, typist, 1);
    if (!world.run_until([&] { return typist.read > read; }, 10s)) {
      ADD_FAILURE() << "no echo in 10 s: " << world.describe();
      return {};
    }
    times.push_back(world.now() - from);
    world.run_for(apart + std::chrono::milliseconds(i % 90));
  }
  return {percentile(times, 50), percentile(times, 99), percentile(times, 100)};
}

WireCost wire_cost(World& world) {
  constexpr int kBytes = 200;
  Socket& typist = world.open(End::a, Behaviour::echo, 0, World::Then::stay_open);
  world.write(End::a, typist, 1);
  world.run_for(2s);
  const auto sent = [&](End end) {
    return static_cast<double>(world.pair().at(end).stats().wire_bytes_sent);
  };
  const double there = sent(End::a);
  const double back = sent(End::b);
  for (int i = 0; i < kBytes; ++i) {
    world.write(End::a, typist, 1);
    world.run_for(100ms);
  }
  return {(sent(End::a) - there) / kBytes, (sent(End::b) - back) / kBytes};
}

}  // namespace serialtcp::test
