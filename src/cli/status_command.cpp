#include "cli/status_command.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "cli/run.h"
#include "cli/running_processes.h"
#include "cli/status_table.h"
#include "control/request.h"
#include "control/status_json.h"

namespace serialtcp::cli {

namespace {

constexpr ControlUsage kStatusUsage{
    .name = "status",
    .positional = "[NAME]",
    .most = 1,
    .description =
        "Shows the links of all serialtcp processes of this user, and their connections; with NAME, only\n"
        "the link that is called so. NAME is a name of the configuration file, or a device.\n"
        "  --json          print one line of JSON, which docs/control.md describes\n"
        "  --control PATH  ask the process that listens there, and no other\n"
        "Exit status: 0 there is something to show; 1 there is nothing, or no permission; 2 wrong usage\n",
    .has_json = true};

void print_json(const RunningProcesses& running) {
  boost::json::array processes;
  for (const RunningProcess& process : running.processes)
    processes.push_back(control::to_json(process.status));
  const boost::json::object whole{{"protocol", control::kProtocol}, {"processes", std::move(processes)}};
  std::fputs((boost::json::serialize(whole) + "\n").c_str(), stdout);
}

void print_tables(const RunningProcesses& running) {
  std::string_view separator;
  for (const RunningProcess& process : running.processes) {
    std::fputs(fmt::format("{}{}", separator, status_table(process.status, terminal_width())).c_str(),
               stdout);
    separator = "\n";
  }
}

}  // namespace

int status_command(std::span<const char* const> args) {
  const auto words = parse_control_words(kStatusUsage, args);
  if (!words) return words.error();
  const std::string link = words->positional.empty() ? "" : words->positional.front();
  RunningProcesses running = find_running(words->control);
  ask_for_status(running, link);
  if (running.processes.empty()) {
    print_problem(kStatusUsage.name, nothing_found(running, link));
    if (words->json) print_json(running);
    return kExitCannotOpen;
  }
  // Processes of others are no concern of a user who has some.
  for (const std::string& problem : running.problems) print_problem(kStatusUsage.name, problem);
  if (words->json) {
    print_json(running);
  } else {
    print_tables(running);
  }
  return kExitOk;
}

}  // namespace serialtcp::cli
