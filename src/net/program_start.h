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
  int io;
  int error_output;
  /// The path of a terminal that becomes its controlling terminal, and in place of `io` its input and output; empty for
  /// none.
  std::string controlling_terminal = {};
};

/// Runs `command` with /bin/sh -c. It has no other descriptors, and default signal handling. Returns its process id,
/// which is also that of its group, or an errno.
std::expected<pid_t, int> start_program(const std::string& command, const StandardFiles& files,
                                        ProgramWatcher& watcher);

enum class Spawned : std::uint8_t {
  in_own_group,
  in_own_session,  ///< and group
  apart,           ///< in a session of its own, ignoring signals
};

/// Starts /bin/sh with these arguments. It has only the descriptors of `files`, each with its second number;
/// these must be in ascending order from 0 on. `terminal`: opened first as descriptor 0 if it is not empty, and so the
/// controlling terminal of a new session.
std::expected<pid_t, int> spawn_shell(std::vector<std::string> arguments,
                                      const std::vector<std::pair<int, int>>& files, Spawned how,
                                      const std::string& terminal = {});

}  // namespace serialtcp::io
