#include "cli/program.h"

#include <fmt/format.h>

#include <csignal>
#include <string_view>
#include <utility>

#include "cli/edition.h"
#include "cli/signals.h"

namespace serialtcp::cli {

namespace {

std::string_view signal_name(int number) {
  switch (number) {
    case SIGINT:
      return "SIGINT";
    case SIGTERM:
      return "SIGTERM";
    default:
      return "SIGHUP";
  }
}

/// Signals may be ignored: nohup(1) and some supervisors start programs like that.
bool hang_ups_are_ignored() {
  struct sigaction action {};
  return ::sigaction(SIGHUP, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

Program::Program(const RunOptions& options, const Configuration& config, Log& log)
    : options_(options),
      log_(log),
      signals_(context_),
      links_(context_, log, options),
      report_(context_, log, links_, options.ready) {
  watch_signals();
  if (edition().administer != nullptr)
    administration_ = edition().administer({context_, log, links_, report_, options}, config);
  links_.start(config);
  if (administration_ && !links_.stopping()) administration_->start();
}

RunResult Program::run() {
  while (!status()) {
    report_.look();
    if (administration_) administration_->look();
    context_.run_one();
  }
  report_.stopping();
  links_.abort();
  const bool hanging =
      links_.lookups_running() > 0 || (administration_ && administration_->lookups_running() > 0);
  return {*status(), hanging ? RunResult::Threads::hanging : RunResult::Threads::none};
}

void Program::watch_signals() {
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  signals_.add(SIGUSR1);
  if (!hang_ups_are_ignored() || options_.config_file) signals_.add(SIGHUP);
  let_signals_come();
  wait_for_signal();
}

void Program::wait_for_signal() {
  signals_.async_wait(lifetime_.guard([this](io::ErrorCode error, int number) {
    if (!error) signalled(number);
  }));
}

void Program::signalled(int number) {
  if (number == SIGUSR1) {
    if (administration_) administration_->log_status();
  } else if (number == SIGHUP && options_.config_file) {
    if (administration_) administration_->read_again();
  } else if (number == SIGHUP && administration_ && administration_->reopen_logs()) {
    log_.line("SIGHUP: the logs of shared ports were opened again");
  } else if (std::exchange(stopping_, true)) {
    status_ = kExitSignal + number;
  } else {
    log_.line(fmt::format("ending on {}", signal_name(number)));
    report_.stopping();
    if (administration_) administration_->stop();
    links_.stop(kExitOk);
  }
  wait_for_signal();
}

}  // namespace serialtcp::cli
