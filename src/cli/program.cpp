#include "cli/program.h"

#include <fmt/format.h>

#include <utility>

#include "cli/edition.h"

namespace serialtcp::cli {

Program::Program(const RunOptions& options, const Configuration& config, Log& log)
    : options_(options),
      log_(log),
      links_(context_, log, options),
      report_(context_, log, links_, options.ready) {
  const bool reloads = options.config_file.has_value();
  signals_.emplace(context_, reloads ? SignalWatch::HangUps::heeded : SignalWatch::HangUps::as_usual,
                   [this](const Signal& signal) { signalled(signal); });
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

void Program::signalled(const Signal& signal) {
  using enum Signal::Meaning;
  if (signal.meaning == status) {
    if (administration_) administration_->log_status();
  } else if (signal.meaning == hang_up && options_.config_file) {
    if (administration_) administration_->read_again();
  } else if (signal.meaning == hang_up && administration_ && administration_->reopen_logs()) {
    log_.line("SIGHUP: the logs of shared ports were opened again");
  } else if (std::exchange(stopping_, true)) {
    status_ = kExitSignal + signal.number;
  } else {
    log_.line(fmt::format("ending on {}", signal.name));
    report_.stopping();
    if (administration_) administration_->stop();
    links_.stop(kExitOk);
  }
}

}  // namespace serialtcp::cli
