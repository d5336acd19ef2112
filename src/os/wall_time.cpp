#include "os/wall_time.h"

#include <chrono>

namespace serialtcp::io {

WallTime wall_time() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(since - seconds);
  return {static_cast<std::time_t>(seconds.count()), static_cast<int>(rest.count())};
}

}  // namespace serialtcp::io
