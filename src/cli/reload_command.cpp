#include "cli/reload_command.h"

#include <fmt/format.h>

#include <boost/json/value.hpp>
#include <cstdio>

#include "cli/run.h"
#include "cli/running_processes.h"

namespace serialtcp::cli {

namespace {

constexpr ControlUsage kUsage{
    .name = "reload",
    .positional = "",
    .description =
        "Has every running serialtcp of this user that was started with --config read its file again, as SIGHUP\n"
        "does, and says whether the new configuration was taken. Links that are new or different start then.\n"
        "  --control PATH  ask the process that listens there, and no other\n"
        "Exit status: 0 all have taken it; 1 one has not, or there is none; 2 wrong usage\n"};

std::uint64_t number(const boost::json::object& answer, std::string_view name) {
  const boost::json::value* const value = answer.if_contains(name);
  boost::json::error_code error;
  return value != nullptr ? value->to_number<std::uint64_t>(error) : 0;
}

}  // namespace

int reload_command(std::span<const char* const> args) {
  const auto words = parse_control_words(kUsage, args);
  if (!words) return words.error();
  RunningProcesses running = find_running(words->control);
  ask_for_status(running, "");
  // Others that run beside those have nothing to be read again.
  if (!words->control) {
    std::erase_if(running.processes, [](const auto& process) { return process.status.config_file.empty(); });
  }
  if (running.processes.empty()) {
    print_problem(kUsage.name, running.problems.empty() && running.refused.empty()
                                   ? "no running serialtcp was started with --config"
                                   : nothing_found(running, ""));
    return kExitCannotOpen;
  }
  int status = kExitOk;
  for (RunningProcess& process : running.processes) {
    const auto answer = process.client.ask({{"request", "reload"}});
    if (!answer) {
      print_problem(kUsage.name, answer.error().text);
      print_problem(kUsage.name, fmt::format("process {}: nothing was changed", process.status.pid));
      status = kExitCannotOpen;
      continue;
    }
    std::fputs(
        fmt::format("process {}: {} was read again: {} links, {} of them unchanged\n", process.status.pid,
                    process.status.config_file, number(*answer, "links"), number(*answer, "unchanged"))
            .c_str(),
        stdout);
  }
  return status;
}

}  // namespace serialtcp::cli
