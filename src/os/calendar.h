// The parts of a time that people read: year, month, hour.
#pragma once

#include <chrono>
#include <ctime>

namespace serialtcp::io {

struct LocalParts {
  std::tm parts{};
  std::chrono::seconds ahead{};  ///< of UTC; less than 0 west of it
};

/// In the time zone of this machine.
LocalParts local_parts(std::time_t seconds);

std::tm utc_parts(std::time_t seconds);

}  // namespace serialtcp::io
