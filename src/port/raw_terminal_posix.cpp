// termios(3). In handlers of signals, only tcsetattr(), sigaction() and raise() are called (signal-safety(7)).
#include "port/raw_terminal.h"

#include <termios.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

#include "base/check.h"

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
  termios before;
  termios wanted;
};

RawTerminal::RawTerminal() = default;

RawTerminal::~RawTerminal() {
  put_back();
}

int RawTerminal::set(int fd) {
  CHECK(fd_ < 0);
  termios before{};
  if (::tcgetattr(fd, &before) != 0) return errno;
  prepare_for_death(fd, before);
  modes_ = std::make_unique<Modes>(Modes{before, raw_modes(before)});
  const int error = set_terminal_now(fd, modes_->wanted);
  if (error == 0) {
    fd_ = fd;
  } else {
    terminal_of_this_process = -1;
  }
  return error;
}

void RawTerminal::put_back() {
  if (fd_ < 0) return;
  set_terminal_now(fd_, modes_->before);
  terminal_of_this_process = -1;
  fd_ = -1;
}

bool RawTerminal::set_again() {
  termios found{};
  if (fd_ < 0 || ::tcgetattr(fd_, &found) != 0) return false;
  const termios& wanted = modes_->wanted;
  const bool same = found.c_iflag == wanted.c_iflag && found.c_oflag == wanted.c_oflag &&
                    found.c_lflag == wanted.c_lflag &&
                    (found.c_cflag & (CSIZE | CREAD)) == (wanted.c_cflag & (CSIZE | CREAD));
  return !same && set_terminal_now(fd_, wanted) == 0;
}

}  // namespace serialtcp::io
