// pty(7), ptsname_r(3).
#include "net/child_terminal.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace serialtcp::io {

namespace {

/// 0, or the error.
int open_program_side(ChildTerminal& terminal) {
  std::array<char, 64> path{};
  if (::grantpt(terminal.controller) != 0 || ::unlockpt(terminal.controller) != 0) return errno;
  if (const int error = ::ptsname_r(terminal.controller, path.data(), path.size())) return error;
  terminal.path = path.data();
  terminal.program_side = ::open(path.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal.program_side < 0) return errno;
  termios modes{};
  if (::tcgetattr(terminal.program_side, &modes) != 0) return errno;
  ::cfmakeraw(&modes);
  return ::tcsetattr(terminal.program_side, TCSANOW, &modes) == 0 ? 0 : errno;
}

}  // namespace

std::expected<ChildTerminal, int> make_raw_terminal() {
  ChildTerminal terminal;
  terminal.controller = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal.controller < 0) return std::unexpected(errno);
  const int error = open_program_side(terminal);
  if (error == 0) return terminal;
  for (const int fd : {terminal.controller, terminal.program_side}) {
    if (fd >= 0) ::close(fd);
  }
  return std::unexpected(error);
}

}  // namespace serialtcp::io
