// A driver that can switch an RS-485 transceiver, for every device; preloaded into serialtcp with LD_PRELOAD.
// What is set stands in the file FAKE_RS485 as "FLAGS DELAY_BEFORE DELAY_AFTER" (the flags are those of linux/serial.h),
// where a test can change it as another program would. All that were set stand in FAKE_RS485.log, one a line.
// With FAKE_RS485_WITHOUT_DELAYS, the driver sets delays to 0; with FAKE_RS485_ERROR it refuses with this errno.
#include <dlfcn.h>
#include <linux/serial.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <fstream>
#include <string>

namespace {

using Ioctl = int (*)(int, unsigned long, ...);

void write_line(const std::string& path, const serial_rs485& state, std::ios::openmode mode) {
  std::ofstream(path, mode) << state.flags << ' ' << state.delay_rts_before_send << ' '
                            << state.delay_rts_after_send << std::endl;
}

int set(const std::string& path, serial_rs485& state) {
  if (const char* error = std::getenv("FAKE_RS485_ERROR")) {
    errno = std::atoi(error);
    return -1;
  }
  if (std::getenv("FAKE_RS485_WITHOUT_DELAYS") != nullptr)
    state.delay_rts_before_send = state.delay_rts_after_send = 0;
  write_line(path, state, std::ios::trunc);
  write_line(path + ".log", state, std::ios::app);
  return 0;
}

int get(const std::string& path, serial_rs485& state) {
  state = {};
  std::ifstream(path) >> state.flags >> state.delay_rts_before_send >> state.delay_rts_after_send;
  return 0;
}

}  // namespace

extern "C" int ioctl(int fd, unsigned long request, ...) {
  static const auto real = reinterpret_cast<Ioctl>(dlsym(RTLD_NEXT, "ioctl"));
  va_list arguments;
  va_start(arguments, request);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  const char* const path = std::getenv("FAKE_RS485");
  if (path == nullptr || (request != TIOCGRS485 && request != TIOCSRS485)) return real(fd, request, argument);
  auto& state = *static_cast<serial_rs485*>(argument);
  return request == TIOCSRS485 ? set(path, state) : get(path, state);
}
