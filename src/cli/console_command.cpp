#include "cli/console_command.h"

#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "cli/console_line.h"
#include "cli/console_options.h"
#include "cli/help.h"
#include "cli/run.h"
#include "cli/running_processes.h"
#include "console/console.h"
#include "os/asio.h"
#include "port/line_factory.h"

namespace serialtcp::cli {

namespace {

using console::ConsoleConfig;
using console::Outcome;

constexpr std::string_view kName = "console";
constexpr int kExitNotFound = 3;

int finish(const Outcome& outcome) {
  if (!outcome.problem.empty()) print_problem(kName, outcome.problem);
  switch (outcome.kind) {
    case Outcome::Kind::done:
      return kExitOk;
    case Outcome::Kind::cannot:
    case Outcome::Kind::unread:
      return kExitCannotOpen;
    case Outcome::Kind::not_found:
      return kExitNotFound;
    case Outcome::Kind::by_signal:
      break;
  }
  // So that whoever has started it sees that a signal has ended it.
  std::signal(outcome.signal, SIG_DFL);
  std::raise(outcome.signal);
  return kExitSignal + outcome.signal;
}

int run_console(ConsoleConfig config) {
  io::asio::io_context context(1);
  config.place = name_of_line(config.place);
  console::Console console(context, config, [](std::string_view text) { print_problem(kName, text); });
  std::string name = config.place;
  auto line = console_line(context, config, name, console.observer());
  if (!line) return finish({.kind = Outcome::Kind::cannot, .problem = std::move(line.error())});
  return finish(console.run(std::move(*line)));
}

}  // namespace

int console_command(std::span<const char* const> args) {
  auto config = parse_console_options(args);
  if (config && io::is_standard_input_and_output(config->place))
    config = std::unexpected("standard input and output are the terminal: give a device or HOST:PORT");
  if (config) return run_console(std::move(*config));
  if (const auto* const help = std::get_if<ConsoleHelp>(&config.error())) {
    std::fputs(help->text.c_str(), stdout);
    return kExitOk;
  }
  print_problem(kName, std::get<std::string>(config.error()) + "\n" + where_to_read("console"));
  return kExitUsage;
}

}  // namespace serialtcp::cli
