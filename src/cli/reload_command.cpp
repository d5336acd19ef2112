#include "cli/reload_command.h"

#include <fmt/format.h>

#include <boost/json/value.hpp>
#include <cstdio>

#include "cli/run.h"
#include "cli/running_processes.h"
#include "os/text.h"

namespace serialtcp::cli {

namespace {

constexpr ControlUsage kUsage{
    .name = "reload",
    .positional = "",
    .description =
        "Has every running serialtcp of this user that was started with --config read its file again, as SIGHUP\n"
        "does, and says whether the new configuration was taken. Links that are new or different start then.\n"
        "A link whose new options cannot be used (key, serial port, address) continues with its old ones.\n"
        "  --control PATH  ask the process that listens there, and no other\n"
        "Exit status: 0 all have taken it; 1 one has not, or not for each link, or there is none; 2 wrong usage\n"};

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
      const auto* const value = object != nullptr ? object->if_contains(name) : nullptr;
      const auto* const string = value != nullptr ? value->if_string() : nullptr;
      return string != nullptr ? io::printable(std::string_view(string->data(), string->size())) : "";
    };
    print_problem(
        kUsage.name,
        fmt::format("process {}: the link {} was not replaced, and continues with its old options: {}",
                    process, text("link"), text("why")));
  }
  return !list->get_array().empty();
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
    if (print_not_replaced(*answer, process.status.pid)) status = kExitCannotOpen;
  }
  return status;
}

}  // namespace serialtcp::cli
