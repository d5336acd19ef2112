#include "cli/running_processes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "cli/run.h"
#include "control/place.h"
#include "control/status_query.h"
#include "os/text.h"
#include "os/whole_number.h"

namespace serialtcp::cli {

namespace {

using control::Failure;

std::expected<control::ProcessStatus, Failure> ask(control::Client& client, const std::string& link) {
  control::StatusQuery query(client, link);
  if (const auto begun = query.begin(); !begun) return std::unexpected(begun.error());
  for (;;) {
    auto status = query.advance();
    if (!status) return std::unexpected(status.error());
    if (*status) return std::move(**status);
    if (const auto readable = client.wait_readable(); !readable) return std::unexpected(readable.error());
  }
}

/// Whether a socket was named, which must then have a process.
enum class Asked : std::uint8_t { for_all, by_path };

RunningProcesses connect(const control::Found& found, Asked asked) {
  RunningProcesses running;
  for (const std::string& socket : found.sockets) {
    auto client = control::Client::connect(socket);
    if (client) {
      running.processes.push_back({std::move(*client)});
    } else if (client.error().kind == Failure::Kind::no_permission) {
      running.refused.push_back(client.error().text);
    } else if (asked == Asked::by_path || client.error().kind != Failure::Kind::nobody) {
      running.problems.push_back(client.error().text);
    }
  }
  for (const std::string& folder : found.refused) {
    running.refused.push_back(fmt::format(
        "{}: processes of another user may be there, and you have no permission: ask as that user, or with sudo",
        folder));
  }
  return running;
}

}  // namespace

RunningProcesses find_running(const std::optional<std::string>& path) {
  return path ? connect({.sockets = {*path}}, Asked::by_path)
              : connect(control::find_sockets(control::surroundings()), Asked::for_all);
}

RunningProcesses find_process(std::uint64_t number) {
  control::Found found = control::find_sockets(control::surroundings());
  std::erase_if(found.sockets,
                [number](const std::string& path) { return control::process_at(path) != number; });
  return connect(found, Asked::for_all);
}

void ask_for_status(RunningProcesses& running, const std::string& link) {
  std::erase_if(running.processes, [&](RunningProcess& process) {
    auto status = ask(process.client, link);
    if (status) {
      process.status = std::move(*status);
      return false;
    }
    if (status.error().kind != Failure::Kind::refused) running.problems.push_back(status.error().text);
    return true;
  });
}

std::string nothing_found(const RunningProcesses& running, const std::string& link) {
  for (const auto& texts : {running.problems, running.refused}) {
    if (!texts.empty()) return fmt::format("{}", fmt::join(texts, "\n"));
  }
  if (!link.empty())
    return fmt::format("no running serialtcp has a link '{}': serialtcp status shows all", link);
  return "no running serialtcp was found (one that listens elsewhere is found with --control PATH)";
}

std::expected<ControlWords, int> parse_control_words(const ControlUsage& usage,
                                                     std::span<const char* const> args,
                                                     const std::function<void(CommandWords&)>& add) {
  ControlWords words;
  const std::string usage_line =
      fmt::format("usage: serialtcp {}{}{} [--control PATH{}]{}{}{}\n", usage.name,
                  usage.positional.empty() ? "" : " ", usage.positional, usage.has_pid ? " | --pid N" : "",
                  usage.has_json ? " [--json]" : "", usage.options.empty() ? "" : " ", usage.options);
  CommandWords all;
  all.add_text("--control", "PATH", "", words.control);
  const auto put_process = [&words](const std::string& text) -> std::optional<std::string> {
    words.process = io::whole_number<std::uint64_t>(text);
    if (!words.process) return fmt::format("argument --pid: '{}' is not the number of a process", text);
    return std::nullopt;
  };
  if (usage.has_pid) all.add({.name = "--pid", .value = "N", .help = "", .put = put_process});
  if (usage.has_json) all.add_flag("--json", "", words.json);
  if (add) add(all);
  all.add_all(words.positional);
  std::string mistake = all.parse(args).value_or("");
  if (all.wants_help()) {
    std::fputs(fmt::format("{}\n{}", usage_line, usage.description).c_str(), stdout);
    return std::unexpected(kExitOk);
  }
  const std::size_t count = words.positional.size();
  if (mistake.empty() && count < usage.least) mistake = fmt::format("{} is expected", usage.positional);
  if (mistake.empty() && count > usage.most)
    mistake = fmt::format("unexpected '{}'", io::printable(words.positional[usage.most]));
  if (mistake.empty() && words.control && words.process)
    mistake = "--control and --pid exclude each other: each of them names one process";
  if (mistake.empty()) return words;
  print_problem(usage.name, mistake);
  std::fputs(usage_line.c_str(), stderr);
  return std::unexpected(kExitUsage);
}

void print_problem(std::string_view name, std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    std::fputs(fmt::format("serialtcp {}: {}\n", name, io::printable(line)).c_str(), stderr);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
}

}  // namespace serialtcp::cli
