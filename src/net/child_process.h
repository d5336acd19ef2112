// ChildProcess: a program that runs for this process: a service of a connection, or the line itself. Its standard input
// and output are one socket, its standard error is read line by line. What it has started ends with it, and nothing outlives
// this process (net/program_watcher).
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/back_end.h"
#include "net/program_watcher.h"
#include "os/asio.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

/// "ended with status 1", "was ended by signal 15"; `status` is what the system says of a process that has ended.
std::string exit_text(int status);

/// It lives until it was reaped and its standard error was read.
class ChildProcess : public Attempt {
 public:
  /// Time for a process to end after it was asked to.
  static constexpr Duration kPatience = std::chrono::seconds(2);
  /// Time for a process, before that, to process its last input.
  static constexpr Duration kLastWork = std::chrono::seconds(1);

  struct Reports {
    /// A printable line of its standard error.
    std::function<void(std::string_view line)> said;
    /// It has been reaped.
    std::function<void(int status)> ended;
  };
  /// What happens to processes that it has started and left behind when it ended by itself.
  enum class LeftBehind : std::uint8_t { stay, end };

  /// Runs `command` by the system's shell. Returns our end of its standard input and output, or an errno. `buffer`: of
  /// what it has written and we have not read, in bytes.
  virtual std::expected<StreamSocket, int> start(const std::string& command, int buffer) = 0;
  virtual bool running() const = 0;
  /// Reports nothing any more.
  virtual void forget() = 0;
  /// There is no object any more that watches it.
  virtual void kill_now() = 0;
};

std::shared_ptr<ChildProcess> make_child_process(asio::io_context& context,
                                                 std::shared_ptr<ProgramWatcher> watcher,
                                                 ChildProcess::Reports reports,
                                                 ChildProcess::LeftBehind left_behind);

}  // namespace serialtcp::io
