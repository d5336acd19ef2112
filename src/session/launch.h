// From what the other end asks for to a program that runs.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/program_watcher.h"
#include "os/asio.h"
#include "session/process.h"
#include "wire/session.h"

namespace serialtcp::io::session {

/// A part of this program that a session can be: "cp". Runs with these words.
struct Subsystem {
  std::string name;
  std::vector<std::string> words;
};

/// Our ends of its standard files; all are non-blocking.
struct Running {
  std::shared_ptr<Process> process;  ///< null: of a console, which does not end with the session
  asio::posix::stream_descriptor input;
  asio::posix::stream_descriptor output;
  asio::posix::stream_descriptor error_output;           ///< not open if there is a terminal
  std::function<void(wire::session::Size)> resize = {};  ///< its terminal; empty: it has none
};

/// What can be run or shown beside shells and commands.
struct Repertoire {
  std::vector<Subsystem> subsystems = {};
  /// Of the machine, for a terminal of this size; empty: there is no console here.
  std::function<std::expected<Running, wire::session::Refused>(wire::session::Size)> console = {};
};

/// For the log: "a login shell", "the command ls -l".
std::string description(const wire::session::Start& start);

/// `ended` is called from the loop, with its status as wait() gives it.
std::expected<Running, wire::session::Refused> launch(asio::io_context& context,
                                                      const std::shared_ptr<ProgramWatcher>& watcher,
                                                      const Repertoire& repertoire,
                                                      const wire::session::Start& start,
                                                      std::function<void(int status)> ended);

}  // namespace serialtcp::io::session
