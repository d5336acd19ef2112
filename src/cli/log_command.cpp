#include "cli/log_command.h"

#include <fmt/format.h>

#include <cstdio>

#include "cli/run.h"
#include "cli/running_processes.h"
#include "control/request.h"

namespace serialtcp::cli {

namespace {

constexpr ControlUsage kLogUsage{
    .name = "log",
    .positional = "LEVEL",
    .least = 1,
    .most = 1,
    .description =
        "Has every running serialtcp of this user log more or less, until it reads its configuration again:\n"
        "  warning  what is wrong (as with --quiet)\n"
        "  info     what happens\n"
        "  verbose  also figures (as with --verbose)\n"
        "  debug    also what the line delivers (as with --debug)\n"
        "  --control PATH  ask the process that listens there, and no other\n"
        "Exit status: 0 all do; 1 one does not, or there is none; 2 wrong usage\n"};

}  // namespace

int log_command(std::span<const char* const> args) {
  const auto words = parse_control_words(kLogUsage, args);
  if (!words) return words.error();
  const auto level = control::parse_level(words->positional.front());
  if (!level) {
    print_problem(kLogUsage.name, level.error());
    return kExitUsage;
  }
  RunningProcesses running = find_running(words->control);
  ask_for_status(running, "");
  if (running.processes.empty()) {
    print_problem(kLogUsage.name, nothing_found(running, ""));
    return kExitCannotOpen;
  }
  int status = kExitOk;
  for (RunningProcess& process : running.processes) {
    const auto answer = process.client.ask({{"request", "log"}, {"level", control::level_name(*level)}});
    if (!answer) {
      print_problem(kLogUsage.name, answer.error().text);
      status = kExitCannotOpen;
      continue;
    }
    std::fputs(fmt::format("process {}: level {}, was {}\n", process.status.pid, control::level_name(*level),
                           process.status.log_level)
                   .c_str(),
               stdout);
  }
  return status;
}

}  // namespace serialtcp::cli
