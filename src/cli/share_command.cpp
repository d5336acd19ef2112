#include "cli/share_command.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <variant>

#include "cli/log.h"
#include "cli/run.h"
#include "cli/share_options.h"
#include "cli/share_reporter.h"
#include "cli/standard_error.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "port/serial_ports.h"
#include "share/share.h"

namespace serialtcp::cli {

namespace {

/// Runs until a signal. SIGHUP is for the file of --log; without one, it ends the program, as the others.
class ShareRun {
 public:
  ShareRun(const ShareOptions& options, Log& log)
      : config_(options.share),
        options_(options_for_log(options.share)),
        reporter_(context_, log, options_),
        signals_(context_, SIGINT, SIGTERM, SIGHUP),
        share_(context_, config_, reporter_) {}

  int run() {
    wait_for_signal();
    if (const auto started = share_.start(); !started) {
      print_error(fmt::format("serialtcp share: {}", started.error()));
      return kExitCannotOpen;
    }
    context_.run();
    share_.stop();
    return kExitOk;
  }

 private:
  void wait_for_signal() {
    signals_.async_wait(lifetime_.guard([this](io::ErrorCode error, int number) {
      if (error) return;
      if (number != SIGHUP || config_.log_file.empty()) return context_.stop();
      share_.reopen_log();
      wait_for_signal();
    }));
  }

  const share::ShareConfig& config_;
  LinkOptions options_;
  io::asio::io_context context_{1};
  ShareReporter reporter_;
  io::asio::signal_set signals_;
  share::Share share_;
  io::Lifetime lifetime_;
};

int run_share(const ShareOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);
  auto log = Log::open(std::nullopt, {.verbosity = options.verbosity});
  if (!log) {
    print_error(log.error());
    return kExitCannotOpen;
  }
  return ShareRun(options, *log).run();
}

int run_share_as(std::span<const char* const> arguments, SharedAs called) {
  auto options = parse_share_options(arguments, called);
  if (options) {
    const auto misspelt = io::misspelt_port(options->share.device);
    if (!misspelt) return run_share(*options);
    options = std::unexpected(UsageError{*misspelt});
  }
  if (const auto* const help = std::get_if<Answer>(&options.error())) {
    std::fputs(help->text.c_str(), stdout);
    return kExitOk;
  }
  print_error(fmt::format("serialtcp share: {}\nTry 'serialtcp share --help', or 'man serialtcp-share'.",
                          std::get<UsageError>(options.error()).text));
  return kExitUsage;
}

}  // namespace

int share_command(std::span<const char* const> arguments) {
  return run_share_as(arguments.subspan(1), SharedAs::share);
}

int redirect_command(std::span<const char* const> arguments) {
  return run_share_as(arguments, SharedAs::redirect);
}

}  // namespace serialtcp::cli
