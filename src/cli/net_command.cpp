#include "cli/net_command.h"

#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "cli/config_file.h"
#include "cli/help.h"
#include "cli/log.h"
#include "cli/net_options.h"
#include "cli/program.h"
#include "cli/run.h"
#include "cli/standard_error.h"
#include "port/serial_ports.h"

namespace serialtcp::cli {

namespace {

/// A program without links, whose only network has to start: with signals, the control socket and a service manager as any
/// other.
int run_net(NetOptions options) {
  RunOptions run;
  run.log_style.verbosity = options.verbosity;
  if (options.name.empty()) options.name = options.net.device;
  auto log = Log::open(std::nullopt, run.log_style);
  if (!log) {
    print_error(log.error());
    return kExitCannotOpen;
  }
  const Configuration config{.links = {}, .nets = {std::move(options)}};
  return Program(run, config, *log).run().status;
}

}  // namespace

int net_command(std::span<const char* const> arguments) {
  auto options = parse_net_options(arguments.subspan(1));
  if (options) {
    const auto misspelt = io::misspelt_port(options->net.device);
    if (!misspelt) return run_net(std::move(*options));
    options = std::unexpected(UsageError{*misspelt});
  }
  if (const auto* const help = std::get_if<Answer>(&options.error())) {
    std::fputs(help->text.c_str(), stdout);
    return kExitOk;
  }
  print_error(
      fmt::format("serialtcp net: {}\n{}", std::get<UsageError>(options.error()).text, where_to_read("net")));
  return kExitUsage;
}

}  // namespace serialtcp::cli
