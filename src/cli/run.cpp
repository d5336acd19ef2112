// Composition: log, links, signals, and the exit status that comes of them.
#include "cli/run.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <string_view>
#include <utility>

#include "cli/config_file.h"
#include "cli/link_set.h"
#include "cli/log.h"
#include "cli/signals.h"
#include "cli/standard_error.h"
#include "os/asio.h"
#include "os/lifetime.h"

namespace serialtcp::cli {

namespace {

/// As many connections as the system lets us have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

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

/// One run. The context is declared first: it goes last, after all that has handlers in it.
class Program {
 public:
  /// The options and the log outlive the program.
  Program(const RunOptions& options, const Configuration& config, Log& log)
      : options_(options), log_(log), signals_(context_), links_(context_, log, options) {
    watch_signals();
    links_.start(config);
  }

  RunResult run() {
    while (!status()) context_.run_one();
    links_.abort();
    const bool hanging = links_.lookups_running() > 0;
    return {*status(), hanging ? RunResult::Threads::hanging : RunResult::Threads::none};
  }

 private:
  /// A second signal does not wait for the links.
  std::optional<int> status() const { return status_ ? status_ : links_.status(); }

  void watch_signals() {
    signals_.add(SIGINT);
    signals_.add(SIGTERM);
    struct sigaction hang_up {};
    const bool under_nohup = ::sigaction(SIGHUP, nullptr, &hang_up) == 0 && hang_up.sa_handler == SIG_IGN;
    if (!under_nohup || options_.config_file) signals_.add(SIGHUP);
    let_signals_come();
    wait_for_signal();
  }

  void wait_for_signal() {
    signals_.async_wait(lifetime_.guard([this](io::ErrorCode error, int number) {
      if (!error) signalled(number);
    }));
  }

  void signalled(int number) {
    if (number == SIGHUP && options_.config_file) {
      if (!links_.stopping()) reload();
    } else if (std::exchange(stopping_, true)) {
      status_ = kExitSignal + number;
    } else {
      log_.line(fmt::format("ending on {}", signal_name(number)));
      links_.stop(kExitOk);
    }
    wait_for_signal();
  }

  void reload() {
    const std::string& file = *options_.config_file;
    const auto config = read_config_again(file);
    if (!config) {
      for (std::string_view lines = config.error(); !lines.empty();) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        log_.line(lines.substr(0, end));
        lines.remove_prefix(std::min(end + 1, lines.size()));
      }
      return log_.line(fmt::format("SIGHUP: nothing changes: {} cannot be used as it is now", file));
    }
    const auto reopened = log_.reopen(options_.log_file ? options_.log_file : config->log_file);
    if (!reopened) log_.line(reopened.error());
    links_.reload(*config);
  }

  const RunOptions& options_;
  Log& log_;
  io::asio::io_context context_{1};
  io::asio::signal_set signals_;
  LinkSet links_;
  std::optional<int> status_;
  bool stopping_ = false;
  io::Lifetime lifetime_;
};

}  // namespace

RunResult run(const RunOptions& options) {
  Configuration config{.links = {options.link}};
  if (options.config_file) {
    auto read = read_config(*options.config_file);
    if (!read) {
      print_error(read.error());
      return {kExitUsage};
    }
    config = std::move(*read);
  }
  auto log = Log::open(options.log_file ? options.log_file : config.log_file);
  if (!log) {
    print_error(log.error());
    return {kExitCannotOpen};
  }
  raise_descriptor_limit();
  Program program(options, config, *log);
  return program.run();
}

}  // namespace serialtcp::cli
