#include "cli/share_command.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <variant>

#include "cli/link_options.h"
#include "cli/log.h"
#include "cli/reporter.h"
#include "cli/run.h"
#include "cli/share_options.h"
#include "cli/standard_error.h"
#include "os/asio.h"
#include "port/serial_ports.h"
#include "share/share.h"

namespace serialtcp::cli {

namespace {

/// The log of a shared port: that of a link, but for what happens to its clients while the device is away.
class ShareReporter final : public Reporter {
 public:
  using Reporter::Reporter;

  void line_awaited(std::string_view line, std::string_view reason) override {
    say(LogEvent::device_waiting,
        fmt::format("waiting for {}: {}{}", line, reason, io::other_ports(std::string(line))));
  }
  void line_lost(std::string_view line, std::string_view reason) override {
    say(LogEvent::device_lost,
        fmt::format("lost {}: {}; clients stay connected, and go on when it returns", line, reason));
  }
};

LinkOptions options_for_log(const share::ShareConfig& config) {
  LinkOptions options;
  options.port = config.device;
  options.serial = config.serial;
  return options;
}

int run_share(const share::ShareConfig& config) {
  std::signal(SIGPIPE, SIG_IGN);
  auto log = Log::open(std::nullopt);
  if (!log) {
    print_error(log.error());
    return kExitCannotOpen;
  }
  io::asio::io_context context(1);
  const LinkOptions options = options_for_log(config);
  ShareReporter reporter(context, *log, options);
  io::asio::signal_set signals(context, SIGINT, SIGTERM, SIGHUP);
  signals.async_wait([&context](io::ErrorCode, int) { context.stop(); });
  share::Share share(context, config, reporter);
  if (const auto started = share.start(); !started) {
    print_error(fmt::format("serialtcp share: {}", started.error()));
    return kExitCannotOpen;
  }
  context.run();
  share.stop();
  return kExitOk;
}

}  // namespace

int share_command(std::span<const char* const> args) {
  auto config = parse_share_options(args);
  if (config) {
    const auto misspelt = io::misspelt_port(config->device);
    if (!misspelt) return run_share(*config);
    config = std::unexpected(*misspelt);
  }
  if (const auto* const help = std::get_if<ShareHelp>(&config.error())) {
    std::fputs(help->text.c_str(), stdout);
    return kExitOk;
  }
  print_error(fmt::format("serialtcp share: {}\nTry 'serialtcp share --help', or 'man serialtcp-share'.",
                          std::get<std::string>(config.error())));
  return kExitUsage;
}

}  // namespace serialtcp::cli
