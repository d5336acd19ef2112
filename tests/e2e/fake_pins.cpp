// A driver with the pins DTR and RTS, for every device; preloaded into serialtcp with LD_PRELOAD. Each change stands in the
// file FAKE_PINS as "MICROSECONDS DTR RTS", one a line, of a clock that only goes forward. CTS, DSR and CD are always on,
// or, of CTS, DSR, CD and RI, those are whose names are in the file FAKE_PINS_INPUT, which is replaced to change them. With
// FAKE_PINS_WAITS, the driver can wait for such a change; how each wait begins and ends stands in that file.
#include <dlfcn.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <utility>

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

int input() {
  const char* const path = std::getenv("FAKE_PINS_INPUT");
  if (path == nullptr) return TIOCM_CTS | TIOCM_DSR | TIOCM_CAR;
  std::ifstream file(path);
  int bits = 0;
  for (std::string name; file >> name;) {
    for (const auto& [known, bit] :
         {std::pair("CTS", TIOCM_CTS), {"DSR", TIOCM_DSR}, {"CD", TIOCM_CAR}, {"RI", TIOCM_RI}})
      if (name == known) bits |= bit;
  }
  return bits;
}

/// As the kernel does it: from now on, whatever was before, until a change of one of these, or a signal.
int wait_for_change(const char* path, int which) {
  const int before = input() & which;
  std::ofstream log(path, std::ios::app);
  log << "waits" << std::endl;
  while ((input() & which) == before) {
    const timespec pause{0, 1'000'000};
    if (::nanosleep(&pause, nullptr) == 0) continue;
    log << "interrupted" << std::endl;
    errno = EINTR;
    return -1;
  }
  log << "changed" << std::endl;
  return 0;
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
      *bits = pins | input();
      return 0;
    case TIOCMIWAIT:
      if (const char* const waits = std::getenv("FAKE_PINS_WAITS"))
        return wait_for_change(waits, static_cast<int>(reinterpret_cast<long>(argument)));
      return real(fd, request, argument);
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
