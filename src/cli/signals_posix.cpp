// The signals are blocked while the program starts, so that none is lost.
#include "cli/signals.h"

#include <csignal>
#include <utility>

#include "os/lifetime.h"

namespace serialtcp::cli {

namespace {

sigset_t signals_held_back() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int number : {SIGHUP, SIGINT, SIGTERM, SIGUSR1}) ::sigaddset(&signals, number);
  return signals;
}

bool hang_ups_are_ignored() {
  struct sigaction action {};
  return ::sigaction(SIGHUP, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

Signal signal_of(int number) {
  using enum Signal::Meaning;
  switch (number) {
    case SIGINT:
      return {end, number, "SIGINT"};
    case SIGUSR1:
      return {status, number, "SIGUSR1"};
    case SIGHUP:
      return {hang_up, number, "SIGHUP"};
    default:
      return {end, number, "SIGTERM"};
  }
}

}  // namespace

void hold_signals_back() {
  const sigset_t signals = signals_held_back();
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
}

void let_signals_come() {
  const sigset_t signals = signals_held_back();
  ::sigprocmask(SIG_UNBLOCK, &signals, nullptr);
}

class SignalWatch::Source {
 public:
  Source(io::asio::io_context& context, HangUps hang_ups, std::function<void(const Signal&)> heard)
      : signals_(context, SIGINT, SIGTERM, SIGUSR1), heard_(std::move(heard)) {
    if (hang_ups == HangUps::heeded || !hang_ups_are_ignored()) signals_.add(SIGHUP);
    let_signals_come();
    wait();
  }

 private:
  void wait() {
    signals_.async_wait(lifetime_.guard([this](io::ErrorCode error, int number) {
      if (!error) heard_(signal_of(number));
      wait();
    }));
  }

  io::asio::signal_set signals_;
  std::function<void(const Signal&)> heard_;
  io::Lifetime lifetime_;
};

SignalWatch::SignalWatch(io::asio::io_context& context, HangUps hang_ups,
                         std::function<void(const Signal&)> heard)
    : source_(std::make_unique<Source>(context, hang_ups, std::move(heard))) {}

SignalWatch::~SignalWatch() = default;

}  // namespace serialtcp::cli
