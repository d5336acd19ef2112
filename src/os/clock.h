// The only place that reads the clock. A Time counts from the epoch of std::chrono::steady_clock.
#pragma once

#include <chrono>

#include "serialtcp/time.h"

namespace serialtcp::io {

Time now();

/// The same time for an Asio timer.
inline std::chrono::steady_clock::time_point to_steady(Time time) {
  return std::chrono::steady_clock::time_point(time.time_since_epoch());
}

}  // namespace serialtcp::io
