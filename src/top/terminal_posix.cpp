// The terminal by termios(3), with the sequences that xterm, tmux, screen, the Linux console and all others have.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "os/error_text.h"
#include "top/terminal.h"

namespace serialtcp::top {

namespace {

/// Another screen, no cursor, no wrapping at the edge.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[0m\x1b[2J";
constexpr std::string_view kLeave = "\x1b[0m\x1b[2J\x1b[1;1H\x1b[?7h\x1b[?25h\x1b[?1049l";
/// What a terminal that accepts nothing is waited for, before its modes are restored.
constexpr int kLeaveMilliseconds = 500;
constexpr std::size_t kMaxTyped = 4096;

constexpr std::array kEnding = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
constexpr std::array kOthers = {SIGWINCH, SIGTSTP, SIGCONT};

/// The handler writes the numbers of signals, wait() reads them.
std::array<int, 2> signal_pipe = {-1, -1};

extern "C" void pass_on(int number) {
  const int saved = errno;
  const auto byte = static_cast<unsigned char>(number);
  [[maybe_unused]] const ssize_t ignored = ::write(signal_pipe[1], &byte, 1);
  errno = saved;
}

void handle(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(number, &action, nullptr);
}

void handle_all(void (*handler)(int)) {
  for (const int number : kEnding) handle(number, handler);
  for (const int number : kOthers) handle(number, handler);
}

std::expected<void, std::string> make_signal_pipe() {
  if (::pipe(signal_pipe.data()) != 0) return std::unexpected(io::plain_text(errno));
  for (const int fd : signal_pipe) {
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
  }
  return {};
}

}  // namespace

std::expected<std::unique_ptr<Terminal>, std::string> Terminal::open() {
  termios before{};
  if (::isatty(STDIN_FILENO) == 0) return std::unexpected("standard input is not a terminal");
  if (::isatty(STDOUT_FILENO) == 0) return std::unexpected("standard output is not a terminal");
  std::array<char, 256> name{};
  if (::ttyname_r(STDOUT_FILENO, name.data(), name.size()) != 0) name = {"/dev/tty"};
  int fd = ::open(name.data(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) fd = ::open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return std::unexpected(fmt::format("could not open {}: {}", name.data(), io::plain_text(errno)));
  if (::tcgetattr(fd, &before) != 0) {
    const int error = errno;
    ::close(fd);
    return std::unexpected(io::plain_text(error));
  }
  if (const auto made = make_signal_pipe(); !made) {
    ::close(fd);
    return std::unexpected(made.error());
  }
  return std::unique_ptr<Terminal>(new Terminal(fd, before));
}

Terminal::Terminal(int fd, const termios& before) : fd_(fd), before_(before) {
  handle_all(&pass_on);
  enter();
}

Terminal::~Terminal() {
  leave();
  handle_all(SIG_DFL);
  ::close(fd_);
  for (int& end : signal_pipe) ::close(std::exchange(end, -1));
}

Size Terminal::size() const {
  winsize size{};
  if (::ioctl(fd_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {size.ws_col, size.ws_row};
}

void Terminal::enter() {
  termios modes = before_;
  modes.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | IEXTEN);
  modes.c_cc[VMIN] = 1;
  modes.c_cc[VTIME] = 0;
  ::tcsetattr(fd_, TCSANOW, &modes);
  write(kEnter);
}

void Terminal::leave() {
  // Ctrl-S may have stopped it. Linux only starts what a call has stopped.
  ::tcflow(fd_, TCOOFF);
  ::tcflow(fd_, TCOON);
  // The rest first: a sequence must not be broken off.
  pending_ += kLeave;
  flush();
  for (int waited = 0; !pending_.empty() && waited < kLeaveMilliseconds; waited += 50) {
    pollfd ready{fd_, POLLOUT, 0};
    if (::poll(&ready, 1, 50) > 0) flush();
  }
  pending_.clear();
  ::tcsetattr(fd_, TCSANOW, &before_);
}

void Terminal::write(std::string_view bytes) {
  pending_ += bytes;
  flush();
}

void Terminal::flush() {
  while (!pending_.empty()) {
    const ssize_t count = ::write(fd_, pending_.data(), pending_.size());
    if (count > 0) {
      pending_.erase(0, static_cast<std::size_t>(count));
    } else if (count < 0 && errno == EINTR) {
      continue;
    } else {
      if (count < 0 && errno != EAGAIN)
        pending_.clear();  // there is no terminal any more, which poll() will tell
      return;
    }
  }
}

/// As without a handler, but with the terminal as it was before.
void Terminal::stop() {
  leave();
  handle(SIGTSTP, SIG_DFL);
  ::raise(SIGTSTP);
  handle(SIGTSTP, &pass_on);
  enter();
}

Terminal::Happened Terminal::wait(std::vector<pollfd> others, std::chrono::milliseconds most) {
  const auto output = static_cast<short>(pending_.empty() ? 0 : POLLOUT);
  const std::size_t terminal = others.size();
  others.push_back({fd_, static_cast<short>(POLLIN | output), 0});
  others.push_back({signal_pipe[0], POLLIN, 0});
  Happened happened;
  if (::poll(others.data(), others.size(), static_cast<int>(most.count())) <= 0) return happened;
  if ((others[terminal].revents & POLLOUT) != 0) flush();
  if ((others[terminal].revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL)) != 0) take_input(happened);
  if (others[terminal + 1].revents != 0) take_signals(happened);
  return happened;
}

void Terminal::take_signals(Happened& happened) {
  std::array<unsigned char, 64> numbers{};
  const ssize_t count = ::read(signal_pipe[0], numbers.data(), numbers.size());
  for (const int number : std::span(numbers).first(static_cast<std::size_t>(std::max<ssize_t>(count, 0)))) {
    if (std::ranges::find(kEnding, number) != kEnding.end()) {
      happened.signal = number;
      return;
    }
    // A shell that had the terminal meanwhile has set its own modes.
    if (number == SIGTSTP) stop();
    if (number == SIGCONT) enter();
    happened.must_redraw = true;
  }
}

void Terminal::take_input(Happened& happened) const {
  std::array<char, kMaxTyped> buffer{};
  const ssize_t count = ::read(fd_, buffer.data(), buffer.size());
  if (count > 0) {
    happened.typed.assign(buffer.data(), static_cast<std::size_t>(count));
  } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
    happened.gone = true;
  }
}

}  // namespace serialtcp::top
