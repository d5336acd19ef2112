// isatty(3), TIOCGWINSZ of tty_ioctl(4).
#include "os/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <string>

#include "os/environment.h"

namespace serialtcp::io {

namespace {

int descriptor_of(StandardStream stream) {
  switch (stream) {
    case StandardStream::input:
      return STDIN_FILENO;
    case StandardStream::output:
      return STDOUT_FILENO;
    case StandardStream::error:
      break;
  }
  return STDERR_FILENO;
}

}  // namespace

bool is_terminal(StandardStream stream) {
  return ::isatty(descriptor_of(stream)) != 0;
}

std::size_t terminal_width() {
  winsize size{};
  const bool known = is_terminal(StandardStream::output) && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  return known ? size.ws_col : 0;
}

bool colours_are_wanted() {
  const std::string terminal = environment_text("TERM");
  const bool dumb = terminal.empty() || terminal == "dumb";
  return !dumb && environment_text("NO_COLOR").empty();
}

bool shows_colours(StandardStream stream) {
  return is_terminal(stream) && colours_are_wanted();
}

void write_standard_error(std::string_view text) {
  constexpr int kPatienceMilliseconds = 100;
  pollfd ready{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&ready, 1, kPatienceMilliseconds) <= 0) return;
  [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace serialtcp::io
