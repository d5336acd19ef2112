#include "cli/share_command.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "cli/help.h"
#include "cli/run.h"
#include "cli/run_table.h"
#include "cli/share_options.h"
#include "cli/share_table.h"
#include "cli/standard_error.h"
#include "port/serial_ports.h"

namespace serialtcp::cli {

namespace {

int run_share_as(std::span<const char* const> arguments, SharedAs called) {
  auto options = parse_share_options(arguments, called);
  if (options) {
    const auto misspelt = io::misspelt_port(options->share.device);
    if (!misspelt) {
      const Verbosity verbosity = options->verbosity;
      return run_table(share_tables(), std::make_shared<ShareOptions>(std::move(*options)), verbosity);
    }
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
