// ChildProcess: a program that runs for this process: a service of a connection, or the line itself. Its standard input
// and output are one descriptor, its standard error is read line by line.
//
//   running --exits--> reaped                       what it has written is still read
//      | cancel()
//      v
//   asked to end (SIGTERM) --kPatience--> killed (SIGKILL)
//
// Every signal goes to the process group, so that a pipeline ends as a whole. If this process is killed, or exits before
// the program has ended, net/program_watcher ends it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/bucket.h"
#include "net/back_end.h"
#include "net/program_watcher.h"
#include "os/asio.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

/// "ended with status 1", "was ended by signal 15"; `status` is that of wait().
std::string exit_text(int status);

/// It lives until it was reaped and its standard error was read.
class ChildProcess final : public Attempt, public std::enable_shared_from_this<ChildProcess> {
 public:
  /// Time for a process to end after SIGTERM.
  static constexpr Duration kPatience = std::chrono::seconds(2);
  /// Time for a process, before SIGTERM, to process its last input.
  static constexpr Duration kLastWork = std::chrono::seconds(1);
  /// Lines of standard error that are reported at once and then per second; further lines are counted.
  static constexpr std::size_t kMaxLinesPerSecond = 20;
  /// Longer lines are reported in pieces.
  static constexpr std::size_t kMaxLine = 512;

  struct Reports {
    /// A printable line of its standard error.
    std::function<void(std::string_view line)> said;
    /// It has been reaped.
    std::function<void(int status)> ended;
  };
  /// What its standard input and output are.
  enum class Joint : std::uint8_t {
    socket,
    terminal,  ///< a pty, which is raw, and the controlling terminal of the program
  };
  /// What happens to processes that it has started and left behind when it ended by itself.
  enum class LeftBehind : std::uint8_t { stay, end };

  ChildProcess(asio::io_context& context, std::shared_ptr<ProgramWatcher> watcher, Reports reports,
               LeftBehind left_behind);
  ~ChildProcess() override;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Runs `command` with /bin/sh -c. Returns our end of its standard input and output, which the caller owns, or an
  /// errno. `buffer`: of what it has written to a socket and we have not read, in bytes.
  std::expected<int, int> start(const std::string& command, Joint joint, int buffer);

  bool running() const { return pid_ != 0; }

  /// It is not needed any more, or this process ends.
  void cancel() override;
  void give_up(Delivered delivered) override;
  /// Reports nothing any more.
  void forget() { reports_ = {}; }
  /// There is no object any more that watches it.
  void kill_now();

 private:
  std::expected<pid_t, int> start_at_socket(const std::string& command, int buffer, int error_output,
                                            int& ours);
  std::expected<pid_t, int> start_at_terminal(const std::string& command, int error_output, int& ours);
  void watch_exit();
  void reap();
  void stop_watching();
  void watch_error_output();
  void read_error_output();
  bool read_some_error_output();
  void read_last_error_output();
  void say_rest();
  void take_error_output(std::string_view text);
  void log_line(std::string_view line);
  void tell_missing_lines();
  void say(std::string_view line) const;

  std::shared_ptr<ProgramWatcher> watcher_;
  Reports reports_;
  LeftBehind left_behind_;
  pid_t pid_ = 0;  ///< 0: not running
  bool asked_to_end_ = false;
  asio::posix::stream_descriptor exited_;
  asio::posix::stream_descriptor error_output_;
  int socket_ = -1;  ///< a duplicate of ours, to end it at the exit; -1 for a terminal
  asio::steady_timer timer_;
  base::Bucket lines_;  ///< one token for each line
  std::uint64_t lines_missing_ = 0;
  std::string line_;
};

}  // namespace serialtcp::io
