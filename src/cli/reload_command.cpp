#include "cli/reload_command.h"

#include <fmt/format.h>

#include <boost/json/value.hpp>
#include <cstdio>

#include "cli/run.h"
#include "cli/running_processes.h"
#include "control/json_members.h"
#include "os/text.h"

namespace serialtcp::cli {

namespace {

constexpr ControlUsage kReloadUsage{
    .name = "reload",
    .positional = "",
    .description =
        "Has every running serialtcp of this user that was started with --config read its file again, as SIGHUP\n"
        "does, and says whether the new configuration was taken. Links that are new or different start then.\n"
        "A link whose new options cannot be used (key, serial port, address) continues with its old ones.\n"
        "  --control PATH  ask the process that listens there, and no other\n"
        "  --pid N         ask this process, and no other\n"
        "Exit status: 0 all have taken it; 1 one has not, or not for each link, or there is none; 2 wrong usage\n",
    .has_pid = true};

std::uint64_t number(const boost::json::object& answer, std::string_view name) {
  const boost::json::value* const value = answer.if_contains(name);
  boost::json::error_code error;
  return value != nullptr ? value->to_number<std::uint64_t>(error) : 0;
}

/// Those that continue with their old options. Returns whether there are any.
bool print_not_replaced(const boost::json::object& answer, std::uint64_t process) {
  const boost::json::value* const list = answer.if_contains("not_replaced");
  if (list == nullptr || !list->is_array()) return false;
  for (const boost::json::value& one : list->get_array()) {
    const auto text = [&one](std::string_view name) -> std::string {
      const auto* const object = one.if_object();
      const auto found = object != nullptr ? control::text_member(*object, name) : std::nullopt;
      return io::printable(found.value_or(""));
    };
    print_problem(
        kReloadUsage.name,
        fmt::format("process {}: the link {} was not replaced, and continues with its old options: {}",
                    process, text("link"), text("why")));
  }
  return !list->get_array().empty();
}

/// Which process has nothing to be asked by. It is not sent SIGHUP: one that has no file would end.
std::string no_socket(std::uint64_t process) {
  return fmt::format(
      "no serialtcp with the number {0} has a control socket in the usual folder: with --control, name that "
      "path here, too; with --no-control, send SIGHUP (kill -HUP {0}) and read its log",
      process);
}

/// Why there is nobody to be asked.
std::string nobody(const RunningProcesses& running, const ControlWords& words) {
  if (!running.problems.empty() || !running.refused.empty()) return nothing_found(running, "");
  return words.process ? no_socket(*words.process) : "no running serialtcp was started with --config";
}

}  // namespace

int reload_command(std::span<const char* const> args) {
  const auto words = parse_control_words(kReloadUsage, args);
  if (!words) return words.error();
  RunningProcesses running = words->process ? find_process(*words->process) : find_running(words->control);
  ask_for_status(running, "");
  // Others that run beside those have nothing to be read again.
  if (!words->control && !words->process) {
    std::erase_if(running.processes, [](const auto& process) { return process.status.config_file.empty(); });
  }
  if (running.processes.empty()) {
    print_problem(kReloadUsage.name, nobody(running, *words));
    return kExitCannotOpen;
  }
  int status = kExitOk;
  for (RunningProcess& process : running.processes) {
    const auto answer = process.client.ask({{"request", "reload"}});
    if (!answer) {
      print_problem(kReloadUsage.name, answer.error().text);
      print_problem(kReloadUsage.name, fmt::format("process {}: nothing was changed", process.status.pid));
      status = kExitCannotOpen;
      continue;
    }
    std::fputs(fmt::format("process {}: {} was read again: {}, {} of them unchanged\n", process.status.pid,
                           process.status.config_file, io::counted(number(*answer, "links"), "link"),
                           number(*answer, "unchanged"))
                   .c_str(),
               stdout);
    if (print_not_replaced(*answer, process.status.pid)) status = kExitCannotOpen;
  }
  return status;
}

}  // namespace serialtcp::cli
