// The running processes of this program, as the commands that look into them find them: by their control sockets.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/command_words.h"
#include "control/client.h"
#include "control/status.h"

namespace serialtcp::cli {

struct RunningProcess {
  control::Client client;
  control::ProcessStatus status = {};  ///< if it was asked for
};

struct RunningProcesses {
  std::vector<RunningProcess> processes = {};
  /// Processes that do not answer; sentences.
  std::vector<std::string> problems = {};
  /// Where there may be processes of other users, without permission for this one; sentences.
  std::vector<std::string> refused = {};
};

/// Those that answer; with `path`, only the one that listens there.
RunningProcesses find_running(const std::optional<std::string>& path);

/// The one with this number, if it has a socket in one of the usual folders.
RunningProcesses find_process(std::uint64_t number);

/// Asks each for its status; with a name, of the links that are called so. Those that have none are left out.
void ask_for_status(RunningProcesses& running, const std::string& link);

/// Why there is nothing to show; sentences, a line each.
std::string nothing_found(const RunningProcesses& running, const std::string& link);

/// What the words of such a command say.
struct ControlWords {
  std::vector<std::string> positional = {};
  std::optional<std::string> control = {};    ///< --control
  std::optional<std::uint64_t> process = {};  ///< --pid
  bool json = false;                          ///< --json
};

/// How a command is used.
struct ControlUsage {
  std::string_view name;        ///< "status"
  std::string_view positional;  ///< "[NAME]"
  std::size_t least = 0;        ///< of these
  std::size_t most = 0;
  std::string_view description;  ///< lines
  bool has_json = false;
  bool has_pid = false;
  std::string_view options = {};  ///< others, for the first line of --help
};

/// `add` adds the options of this command. The words, or the exit status after --help or a mistake, which have been printed.
std::expected<ControlWords, int> parse_control_words(const ControlUsage& usage,
                                                     std::span<const char* const> args,
                                                     const std::function<void(CommandWords&)>& add = {});

/// Prints to standard error, a line; `name` is the command's.
void print_problem(std::string_view name, std::string_view text);

}  // namespace serialtcp::cli
