// serialtcp: TCP services through a serial cable.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "cli/edition.h"
#include "cli/first_words.h"
#include "cli/options.h"
#include "cli/run.h"
#include "cli/signals.h"
#include "cli/standard_error.h"
#include "os/files.h"
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
  const std::string_view called = io::file_name(argc > 0 ? argv[0] : "");
  for (const auto& [name, run] : cli::edition().places_of_others) {
    if (called != name) continue;
    cli::let_signals_come();
    return run(arguments);
  }
  const std::string_view command = arguments.empty() ? "" : arguments[0];
  for (const auto& [name, run] : cli::edition().commands) {
    if (command != name) continue;
    cli::let_signals_come();
    return run(arguments);
  }

  const cli::Parsed options = cli::parse_options(arguments);
  if (!options) return answer_or_complain(options.error());
  if (options->config == cli::RunOptions::Config::check) {
    cli::let_signals_come();
    return cli::edition().config_files->check(*options->config_file);
  }
  if (!options->config_file) {
    if (const auto misspelt = io::misspelt_port(options->link.port)) return complain(*misspelt);
  }
  const cli::RunResult result = cli::run(*options);
  // A look-up that blocks in the C library must not delay the exit, nor run during its clean-up.
  if (result.threads == cli::RunResult::Threads::hanging) ::_exit(result.status);
  return result.status;
}
