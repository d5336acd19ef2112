// What a clock on the wall shows, for people: it may be set at any time, so nothing is measured by it.
#pragma once

#include <ctime>

namespace serialtcp::io {

struct WallTime {
  std::time_t seconds = 0;  ///< since 1970, UTC
  int milliseconds = 0;     ///< beyond them
};

WallTime wall_time();

}  // namespace serialtcp::io
