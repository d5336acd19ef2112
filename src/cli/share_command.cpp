#include "cli/share_command.h"

#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "cli/config_file.h"
#include "cli/help.h"
#include "cli/log.h"
#include "cli/program.h"
#include "cli/run.h"
#include "cli/share_options.h"
#include "cli/standard_error.h"
#include "port/serial_ports.h"

namespace serialtcp::cli {

namespace {

/// A program without links, whose only shared port has to start: with signals, the control socket and a service manager as
/// any other.
int run_share(ShareOptions options) {
  RunOptions run;
  run.log_style.verbosity = options.verbosity;
  if (options.name.empty()) options.name = options.share.device;
  auto log = Log::open(std::nullopt, run.log_style);
  if (!log) {
    print_error(log.error());
    return kExitCannotOpen;
  }
  const Configuration config{.links = {}, .shares = {std::move(options)}};
  return Program(run, config, *log).run().status;
}

int run_share_as(std::span<const char* const> arguments, SharedAs called) {
  auto options = parse_share_options(arguments, called);
  if (options) {
    const auto misspelt = io::misspelt_port(options->share.device);
    if (!misspelt) return run_share(std::move(*options));
    options = std::unexpected(UsageError{*misspelt});
  }
  if (const auto* const help = std::get_if<Answer>(&options.error())) {
    std::fputs(help->text.c_str(), stdout);
    return kExitOk;
  }
  print_error(fmt::format("serialtcp share: {}\n{}", std::get<UsageError>(options.error()).text,
                          where_to_read("share")));
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
