// serialtcp: TCP services through a serial cable.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "cli/cable_command.h"
#include "cli/check_config_command.h"
#include "cli/close_command.h"
#include "cli/connect_command.h"
#include "cli/first_words.h"
#include "cli/keygen_command.h"
#include "cli/log_command.h"
#include "cli/options.h"
#include "cli/ports_command.h"
#include "cli/reload_command.h"
#include "cli/run.h"
#include "cli/share_command.h"
#include "cli/signals.h"
#include "cli/standard_error.h"
#include "cli/status_command.h"
#include "cli/top_command.h"
#include "cli/version_command.h"
#include "port/serial_ports.h"

namespace {

using namespace serialtcp;

/// If one of them were closed, the next file to be opened, such as the serial port, would become standard
/// error.
void occupy_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", O_RDWR);
  }
}

/// Blocks signals until a command can handle them: they must not end it in the middle of its start. Called
/// first, since loading the libraries takes time, too.
[[gnu::constructor(101)]] void hold_signals_back() {
  cli::hold_signals_back();
}

struct Command {
  std::string_view name;
  int (*run)(std::span<const char* const> arguments);
};

/// Words that stand first.
constexpr Command kCommands[] = {
    {"cable", &cli::cable_command}, {"share", &cli::share_command},     {"keygen", &cli::keygen_command},
    {"ports", &cli::ports_command}, {"status", &cli::status_command},   {"top", &cli::top_command},
    {"close", &cli::close_command}, {"connect", &cli::connect_command}, {"reload", &cli::reload_command},
    {"log", &cli::log_command},     {"version", &cli::version_command},
};
static_assert(std::ranges::equal(kCommands, cli::kCommandNames, {}, &Command::name), "and in first_words.h");

int complain(const std::string& text) {
  cli::print_error("serialtcp: " + text + "\nTry 'serialtcp --help', or 'man serialtcp'.");
  return cli::kExitUsage;
}

int answer_or_complain(const std::variant<cli::Answer, cli::UsageError>& instead) {
  if (const auto* answer = std::get_if<cli::Answer>(&instead)) {
    std::fputs(answer->text.c_str(), stdout);
    return cli::kExitOk;
  }
  const auto& error = std::get<cli::UsageError>(instead);
  return complain(error.alone ? cli::no_service_message(*error.alone, io::serial_ports()) : error.text);
}

}  // namespace

int main(int argc, char** argv) {
  occupy_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a log file that reaches ulimit -f must not end the program
  const std::span<const char* const> arguments(argv + 1, argc > 0 ? static_cast<std::size_t>(argc) - 1 : 0);
  if (argc > 0 && cli::is_redirect(argv[0])) {
    cli::let_signals_come();
    return cli::redirect_command(arguments);
  }
  const std::string_view command = arguments.empty() ? "" : arguments[0];
  for (const auto& [name, run] : kCommands) {
    if (command != name) continue;
    cli::let_signals_come();
    return run(arguments);
  }

  const cli::Parsed options = cli::parse_options(arguments);
  if (!options) return answer_or_complain(options.error());
  if (options->config == cli::RunOptions::Config::check) {
    cli::let_signals_come();
    return cli::check_config_command(*options->config_file);
  }
  if (!options->config_file) {
    if (const auto misspelt = io::misspelt_port(options->link.port)) return complain(*misspelt);
  }
  const cli::RunResult result = cli::run(*options);
  // A look-up that blocks in the C library must not delay the exit, nor run during its clean-up.
  if (result.threads == cli::RunResult::Threads::hanging) ::_exit(result.status);
  return result.status;
}
