// PosixChild: a ChildProcess with the process groups, signals and terminals of POSIX.
//
//   running --exits--> reaped                       what it has written is still read
//      | cancel()
//      v
//   asked to end (SIGTERM) --kPatience--> killed (SIGKILL)
//
// Every signal goes to the process group, so that a pipeline ends as a whole.
#pragma once

#include <sys/types.h>

#include <expected>
#include <memory>
#include <string>

#include "net/child_process.h"
#include "net/said_lines.h"

namespace serialtcp::io {

class PosixChild final : public ChildProcess, public std::enable_shared_from_this<PosixChild> {
 public:
  PosixChild(asio::io_context& context, std::shared_ptr<ProgramWatcher> watcher, Reports reports,
             LeftBehind left_behind);
  ~PosixChild() override;
  PosixChild(const PosixChild&) = delete;
  PosixChild& operator=(const PosixChild&) = delete;

  /// What its standard input and output are.
  enum class Joint : std::uint8_t {
    socket,
    terminal,  ///< a pty, which is raw, and the controlling terminal of the program
  };
  /// Runs `command` with /bin/sh -c. Returns our end of its standard input and output, which the caller owns, or an
  /// errno. `buffer`: of what it has written to a socket and we have not read, in bytes.
  std::expected<int, int> start(const std::string& command, Joint joint, int buffer);

  std::expected<StreamSocket, int> start(const std::string& command, int buffer) override;
  bool running() const override { return pid_ != 0; }
  /// It is not needed any more, or this process ends.
  void cancel() override;
  void give_up(Delivered delivered) override;
  void forget() override;
  void kill_now() override;

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

  asio::io_context& context_;
  std::shared_ptr<ProgramWatcher> watcher_;
  std::function<void(int status)> ended_;
  SaidLines said_;
  LeftBehind left_behind_;
  pid_t pid_ = 0;  ///< 0: not running
  bool asked_to_end_ = false;
  asio::posix::stream_descriptor exited_;
  asio::posix::stream_descriptor error_output_;
  int socket_ = -1;  ///< a duplicate of ours, to end it at the exit; -1 for a terminal
  asio::steady_timer timer_;
};

}  // namespace serialtcp::io
