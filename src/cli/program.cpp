#include "cli/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <string_view>
#include <utility>

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
      shares_(context_, log),
      report_(context_, log, links_, options.ready),
      control_(context_, log, links_, shares_, options,
               [this](const std::string& who) { return reload(who); }),
      http_(context_, log, control_) {
  watch_signals();
  choose_control(config);
  choose_http(config);
  if (options.joint) own_stream_.emplace(context_, links_, *options.joint);
  start(config);
}

void Program::start(const Configuration& config) {
  announce(config);
  shares_.keep(config.shares);
  links_.start(config);
  const auto problem = links_.stopping() ? std::nullopt : shares_.start_wanted();
  if (!problem || !links_.strict()) return;
  links_.complain(*problem);
  links_.stop(kExitCannotOpen);
}

/// How many there are of each kind.
void Program::announce(const Configuration& config) {
  links_.go_on_without_links(!config.shares.empty());
  shares_.set_labels(config.links.size() + config.shares.size() > 1);
}

RunResult Program::run() {
  while (!status()) {
    report_.look();
    if (own_stream_) own_stream_->look();
    context_.run_one();
  }
  report_.stopping();
  shares_.stop();
  links_.abort();
  const bool hanging = links_.lookups_running() + http_.lookups_running() > 0;
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
    control_.log_status();
  } else if (number == SIGHUP && options_.config_file) {
    if (!links_.stopping()) static_cast<void>(reload("SIGHUP"));  // the log says how it went
  } else if (std::exchange(stopping_, true)) {
    status_ = kExitSignal + number;
  } else {
    log_.line(fmt::format("ending on {}", signal_name(number)));
    report_.stopping();
    shares_.stop();
    links_.stop(kExitOk);
  }
  wait_for_signal();
}

/// The command line goes before the file.
void Program::choose_control(const Configuration& config) {
  const bool by_file = options_.control.use == ControlChoice::Use::by_default;
  control_.listen(by_file ? config.control : options_.control);
}

void Program::choose_http(const Configuration& config) {
  http_.listen(options_.http ? options_.http : config.http);
}

std::expected<control::Operations::Reloaded, std::string> Program::reload(const std::string& who) {
  const std::string& file = *options_.config_file;
  report_.reloading();
  const auto config = read_config_again(file);
  if (!config) {
    for (std::string_view lines = config.error(); !lines.empty();) {
      const std::size_t end = std::min(lines.find('\n'), lines.size());
      log_.line(lines.substr(0, end));
      lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    log_.line(fmt::format("{}: nothing was changed, because {} cannot be used", who, file));
    return std::unexpected(config.error());
  }
  const auto reopened = log_.reopen(log_file(options_, *config), log_style(options_, *config));
  if (!reopened) log_.line(reopened.error());
  choose_control(*config);
  choose_http(*config);
  announce(*config);
  shares_.reopen_logs();
  const std::size_t unchanged = shares_.keep(config->shares);  // what ends may have what a link needs
  if (!config->shares.empty())
    log_.line(fmt::format("{}: {} of {} shared ports are unchanged", who, unchanged, config->shares.size()));
  auto reloaded = links_.reload(*config, who);
  shares_.start_wanted();
  return reloaded;
}

}  // namespace serialtcp::cli
