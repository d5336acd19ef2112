// Starts a program as the user's shell would, in a process group of its own, and not before that group is
// watched.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace serialtcp::io {

class ProgramWatcher;

/// Of a program: what its standard input, output and error are.
struct StandardFiles {
  int input;
  int output;
  int error_output;
  /// The path of a terminal that becomes its controlling terminal, and in place of `input` and `output` these; empty for
  /// none.
  std::string controlling_terminal = {};
};

/// What is to run.
struct Program {
  std::vector<std::string> words;  ///< the first one is looked for in PATH
  std::string folder = {};  ///< where it begins, or in / if that is not possible; empty: as this process
  std::vector<std::string> environment =
      {};         ///< "NAME=VALUE", in place of those of this process; empty: these
  int more = -1;  ///< a descriptor that it has as kMoreDescriptor; -1: none
};
inline constexpr int kMoreDescriptor = 4;

/// Runs it. It has no other descriptors, and default signal handling. Returns its process id, which is also that of its
/// group, or an errno.
std::expected<pid_t, int> start_program(const Program& program, const StandardFiles& files,
                                        ProgramWatcher& watcher);
/// Runs `command` with /bin/sh -c.
Program shell_command(std::string command);

enum class Spawned : std::uint8_t {
  in_own_group,
  in_own_session,  ///< and group
  apart,           ///< in a session of its own, ignoring signals
};

/// Starts /bin/sh with these arguments. It has only the descriptors of `files`, each with its second number;
/// these must be in ascending order from 0 on. `terminal`: opened first as descriptor 0 if it is not empty, and so the
/// controlling terminal of a new session. `environment`: as in Program.
std::expected<pid_t, int> spawn_shell(std::vector<std::string> arguments,
                                      const std::vector<std::pair<int, int>>& files, Spawned how,
                                      const std::string& terminal = {},
                                      std::vector<std::string> environment = {});

}  // namespace serialtcp::io
