// A command, or the options of a link.
#include "cli/start.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <variant>

#include "cli/edition.h"
#include "cli/first_words.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/run.h"
#include "cli/signals.h"
#include "cli/standard_error.h"
#include "port/serial_ports.h"

namespace serialtcp::cli {

namespace {

int complain(const std::string& text) {
  print_error("serialtcp: " + text + "\n" + where_to_read(""));
  return kExitUsage;
}

int answer_or_complain(const std::variant<Answer, UsageError>& instead) {
  if (const auto* answer = std::get_if<Answer>(&instead)) {
    std::fputs(answer->text.c_str(), stdout);
    return kExitOk;
  }
  const auto& error = std::get<UsageError>(instead);
  return complain(error.alone ? no_service_message(*error.alone, io::serial_ports()) : error.text);
}

}  // namespace

int start(std::string_view called, std::span<const char* const> arguments) {
  for (const auto& [name, run] : edition().places_of_others) {
    if (called != name) continue;
    let_signals_come();
    return run(arguments);
  }
  const std::string_view command = arguments.empty() ? "" : arguments[0];
  for (const auto& [name, run] : edition().commands) {
    if (command != name) continue;
    let_signals_come();
    return run(arguments);
  }

  const Parsed options = parse_options(arguments);
  if (!options) return answer_or_complain(options.error());
  if (options->config == RunOptions::Config::check) {
    let_signals_come();
    return edition().config_files->check(*options->config_file);
  }
  if (!options->config_file) {
    if (const auto misspelt = io::misspelt_port(options->link.port)) return complain(*misspelt);
  }
  const RunResult result = run(*options);
  // A look-up that blocks in the C library must not delay the exit, nor run during its clean-up.
  if (result.threads == RunResult::Threads::hanging) std::_Exit(result.status);
  return result.status;
}

}  // namespace serialtcp::cli
