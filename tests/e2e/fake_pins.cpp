// A driver with the pins DTR and RTS, for every device; preloaded into serialtcp with LD_PRELOAD. Each change stands in the
// file FAKE_PINS as "MICROSECONDS DTR RTS", one a line, of a clock that only goes forward. CTS, DSR and CD are always on.
#include <dlfcn.h>
#include <sys/ioctl.h>

#include <cstdarg>
#include <cstdlib>
#include <ctime>
#include <fstream>

namespace {

using Ioctl = int (*)(int, unsigned long, ...);

int pins = TIOCM_DTR | TIOCM_RTS;

void write_change(const char* path, int now) {
  if (now == pins) return;
  pins = now;
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  std::ofstream(path, std::ios::app) << time.tv_sec * 1'000'000 + time.tv_nsec / 1000 << ' '
                                     << ((pins & TIOCM_DTR) != 0 ? 1 : 0) << ' '
                                     << ((pins & TIOCM_RTS) != 0 ? 1 : 0) << std::endl;
}

}  // namespace

extern "C" int ioctl(int fd, unsigned long request, ...) {
  static const auto real = reinterpret_cast<Ioctl>(dlsym(RTLD_NEXT, "ioctl"));
  va_list arguments;
  va_start(arguments, request);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  const char* const path = std::getenv("FAKE_PINS");
  if (path == nullptr) return real(fd, request, argument);
  constexpr int kOwn = TIOCM_DTR | TIOCM_RTS;
  int* const bits = static_cast<int*>(argument);
  switch (request) {
    case TIOCMGET:
      *bits = pins | TIOCM_CTS | TIOCM_DSR | TIOCM_CAR;
      return 0;
    case TIOCMSET:
      write_change(path, *bits & kOwn);
      return 0;
    case TIOCMBIS:
      write_change(path, pins | (*bits & kOwn));
      return 0;
    case TIOCMBIC:
      write_change(path, pins & ~(*bits & kOwn));
      return 0;
    default:
      return real(fd, request, argument);
  }
}
