// GetThreadTimes(), in units of 100 ns.
#include "os/cpu_time.h"

#include <cstdint>

#include "base/check.h"
#include "os/windows.h"

namespace serialtcp::io {

Duration thread_cpu_time() {
  FILETIME created{};
  FILETIME ended{};
  FILETIME kernel{};
  FILETIME user{};
  CHECK(::GetThreadTimes(::GetCurrentThread(), &created, &ended, &kernel, &user) != 0);
  const auto units = [](const FILETIME& time) {
    return static_cast<std::int64_t>(std::uint64_t{time.dwHighDateTime} << 32U | time.dwLowDateTime);
  };
  return std::chrono::nanoseconds(100 * (units(kernel) + units(user)));
}

}  // namespace serialtcp::io
