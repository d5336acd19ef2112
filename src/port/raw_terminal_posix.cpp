// termios(3). In handlers of signals, only tcsetattr(), sigaction() and raise() are called (signal-safety(7)).
#include "port/raw_terminal.h"

#include <termios.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <utility>

#include "base/check.h"
#include "os/error_text.h"

namespace serialtcp::io {

namespace {

/// They end the process, and are not handled otherwise.
constexpr std::array kDeadly = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV, SIGSYS, SIGTRAP, SIGXCPU};

termios before_death{};
std::atomic<int> terminal_of_this_process = -1;

void put_back_and_die(int number) {
  const int fd = terminal_of_this_process;
  if (fd >= 0) ::tcsetattr(fd, TCSANOW, &before_death);
  ::raise(number);  // SA_RESETHAND: with the usual effect, once this handler has returned
}

void prepare_for_death(int fd, const termios& modes) {
  before_death = modes;
  terminal_of_this_process = fd;
  struct sigaction action {};
  action.sa_handler = &put_back_and_die;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigfillset(&action.sa_mask);
  for (const int number : kDeadly) {
    struct sigaction old {};
    if (::sigaction(number, nullptr, &old) == 0 && old.sa_handler == SIG_DFL)
      ::sigaction(number, &action, nullptr);
  }
}

/// A process in the background that sets a terminal would be stopped.
int set_terminal_now(int fd, const termios& modes) {
  sigset_t stop;
  sigset_t old;
  ::sigemptyset(&stop);
  ::sigaddset(&stop, SIGTTOU);
  ::pthread_sigmask(SIG_BLOCK, &stop, &old);
  const int error = ::tcsetattr(fd, TCSANOW, &modes) == 0 ? 0 : errno;
  ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
  return error;
}

termios raw_modes(termios modes) {
  modes.c_iflag = 0;
  modes.c_oflag &= ~static_cast<tcflag_t>(OPOST);
  modes.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK | ECHONL | ICANON | ISIG | IEXTEN);
  modes.c_cflag &= ~static_cast<tcflag_t>(CSIZE);
  modes.c_cflag |= CS8 | CREAD;
  modes.c_cc[VMIN] = 1;
  modes.c_cc[VTIME] = 0;
  return modes;
}

}  // namespace

struct RawTerminal::Modes {
  int fd;
  termios before;
  termios wanted;
};

RawTerminal::RawTerminal() = default;

RawTerminal::~RawTerminal() {
  put_back();
}

std::optional<std::string> RawTerminal::set(GivenFile file) {
  CHECK(!modes_);
  termios before{};
  if (::tcgetattr(file, &before) != 0) return plain_text(errno);
  prepare_for_death(file, before);
  auto modes = std::make_unique<Modes>(Modes{file, before, raw_modes(before)});
  if (const int error = set_terminal_now(file, modes->wanted)) {
    terminal_of_this_process = -1;
    return plain_text(error);
  }
  modes_ = std::move(modes);
  return std::nullopt;
}

void RawTerminal::put_back() {
  if (!modes_) return;
  set_terminal_now(modes_->fd, modes_->before);
  terminal_of_this_process = -1;
  modes_.reset();
}

bool RawTerminal::set_again() {
  termios found{};
  if (!modes_ || ::tcgetattr(modes_->fd, &found) != 0) return false;
  const termios& wanted = modes_->wanted;
  const bool same = found.c_iflag == wanted.c_iflag && found.c_oflag == wanted.c_oflag &&
                    found.c_lflag == wanted.c_lflag &&
                    (found.c_cflag & (CSIZE | CREAD)) == (wanted.c_cflag & (CSIZE | CREAD));
  return !same && set_terminal_now(modes_->fd, wanted) == 0;
}

}  // namespace serialtcp::io
