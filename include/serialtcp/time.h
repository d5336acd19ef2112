// Time in the core is an argument. `Clock` has no now(); only the shell (and the simulation) can make a Time.
#pragma once

#include <chrono>
#include <cstdint>

namespace serialtcp {

using Duration = std::chrono::nanoseconds;

/// In seconds.
constexpr double to_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// A steady clock without now(). Its epoch is that of the caller; it must never go back.
struct Clock {
  using duration = Duration;
  using rep = Duration::rep;
  using period = Duration::period;
  using time_point = std::chrono::time_point<Clock>;
  static constexpr bool is_steady = true;
};

using Time = Clock::time_point;

/// The deadline of an object that waits for nothing.
inline constexpr Time kNever = Time::max();

/// No time limit.
inline constexpr Duration kForever = Duration::max();

}  // namespace serialtcp
