#include "cli/close_command.h"

#include <fmt/format.h>

#include <cstdio>

#include "cli/run.h"
#include "cli/running_processes.h"
#include "control/request.h"

namespace serialtcp::cli {

namespace {

constexpr ControlUsage kCloseUsage{
    .name = "close",
    .positional = "NAME#N",
    .least = 1,
    .most = 1,
    .description =
        "Resets one connection of a running serialtcp, at both ends: the one that serialtcp status shows as\n"
        "#N below the link NAME. Where there is only one link, N is enough.\n"
        "  --control PATH  ask the process that listens there, and no other\n"
        "Exit status: 0 it was reset; 1 there is no such connection, or no permission; 2 wrong usage\n"};

}  // namespace

int close_command(std::span<const char* const> args) {
  const auto words = parse_control_words(kCloseUsage, args);
  if (!words) return words.error();
  const auto name = control::parse_connection_name(words->positional.front());
  if (!name) {
    print_problem(kCloseUsage.name, name.error());
    return kExitUsage;
  }
  RunningProcesses running = find_running(words->control);
  ask_for_status(running, name->link);
  if (running.processes.empty()) {
    print_problem(kCloseUsage.name, nothing_found(running, name->link));
    return kExitCannotOpen;
  }
  std::size_t links = 0;
  for (const RunningProcess& process : running.processes) links += process.status.links.size();
  if (links != 1) {
    print_problem(kCloseUsage.name,
                  fmt::format("{} links are meant: name one of them, or its process with --control", links));
    return kExitCannotOpen;
  }
  RunningProcess& process = running.processes.front();
  const std::string id = fmt::format("{}#{}", process.status.links.front().name, name->number);
  const auto closed = process.client.ask({{"request", "close"}, {"connection", id}});
  if (!closed) {
    print_problem(kCloseUsage.name, closed.error().text);
    return kExitCannotOpen;
  }
  std::fputs(fmt::format("{} was reset\n", id).c_str(), stdout);
  return kExitOk;
}

}  // namespace serialtcp::cli
