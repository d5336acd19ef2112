// clock_gettime() of the thread's clock (POSIX, "Thread CPU-Time Clocks").
#include "os/cpu_time.h"

#include <ctime>

#include "base/check.h"

namespace serialtcp::io {

Duration thread_cpu_time() {
  std::timespec time{};
  CHECK(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace serialtcp::io
