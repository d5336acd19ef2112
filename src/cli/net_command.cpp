#include "cli/net_command.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "cli/help.h"
#include "cli/net_options.h"
#include "cli/net_table.h"
#include "cli/run.h"
#include "cli/run_table.h"
#include "cli/standard_error.h"
#include "port/serial_ports.h"

namespace serialtcp::cli {

int net_command(std::span<const char* const> arguments) {
  auto options = parse_net_options(arguments.subspan(1));
  if (options) {
    const auto misspelt = io::misspelt_port(options->net.device);
    if (!misspelt) {
      const Verbosity verbosity = options->verbosity;
      return run_table(net_tables(), std::make_shared<NetOptions>(std::move(*options)), verbosity);
    }
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
