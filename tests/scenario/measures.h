// Measurements of a World's line in simulated time, and therefore exact: how much of it is payload, how long
// a keystroke takes, and what it costs.
#pragma once

#include <vector>

#include "world.h"

namespace serialtcp::test {

/// Counts what one end receives, from one arrival to another, since there may be a long frame between
/// arrivals.
class Meter {
 public:
  Meter(World& world, End at) : world_(world), at_(at) {}

  void begin();
  /// Payload since begin(), as a fraction of what the line carries.
  double fraction();

 private:
  std::uint64_t received() const { return world_.pair().at(at_).stats().payload_bytes_received; }
  void await_arrival();

  World& world_;
  End at_;
  std::uint64_t bytes_ = 0;
  Time since_{};
};

/// Payload rate of one direction during a bulk transfer, as a fraction of what the line carries.
double goodput(World& world, End from, Duration over, Duration warm_up = 1s);

Duration percentile(std::vector<Duration> times, std::size_t percent);

struct EchoTimes {
  Duration median{};
  Duration p99{};
  Duration worst{};
};
/// The times of this many bytes that are typed at `a`, one after the other.
EchoTimes echo_times(World& world, int rounds, Duration apart = 37ms);

/// Bytes on the line for each byte that is typed at `a` and echoed, with pauses.
struct WireCost {
  double there = 0;
  double back = 0;
};
WireCost wire_cost(World& world);

}  // namespace serialtcp::test
