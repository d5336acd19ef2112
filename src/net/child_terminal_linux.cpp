// pty(7), ptsname_r(3).
#include "net/child_terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace serialtcp::io {

namespace {

/// 0, or the error.
int open_program_side(ChildTerminal& terminal, void (*change)(termios& modes)) {
  std::array<char, 64> path{};
  if (::grantpt(terminal.controller) != 0 || ::unlockpt(terminal.controller) != 0) return errno;
  if (const int error = ::ptsname_r(terminal.controller, path.data(), path.size())) return error;
  terminal.path = path.data();
  terminal.program_side = ::open(path.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal.program_side < 0) return errno;
  termios modes{};
  if (::tcgetattr(terminal.program_side, &modes) != 0) return errno;
  change(modes);
  return ::tcsetattr(terminal.program_side, TCSANOW, &modes) == 0 ? 0 : errno;
}

std::expected<ChildTerminal, int> make(void (*change)(termios& modes)) {
  ChildTerminal terminal;
  terminal.controller = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal.controller < 0) return std::unexpected(errno);
  const int error = open_program_side(terminal, change);
  if (error == 0) return terminal;
  for (const int fd : {terminal.controller, terminal.program_side}) {
    if (fd >= 0) ::close(fd);
  }
  return std::unexpected(error);
}

}  // namespace

std::expected<ChildTerminal, int> make_raw_terminal() {
  return make([](termios& modes) { ::cfmakeraw(&modes); });
}

std::expected<ChildTerminal, int> make_terminal(TerminalSize size) {
  auto terminal = make([](termios& modes) { modes.c_iflag |= static_cast<tcflag_t>(IUTF8); });
  if (terminal) resize_terminal(terminal->controller, size);
  return terminal;
}

void resize_terminal(int controller, TerminalSize size) {
  const winsize wanted{.ws_row = size.rows, .ws_col = size.columns, .ws_xpixel = 0, .ws_ypixel = 0};
  ::ioctl(controller, TIOCSWINSZ, &wanted);
}

}  // namespace serialtcp::io
