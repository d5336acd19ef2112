// Process: a program of a session, which ends with it. Every signal goes to its group.
//
//   running --exits--> reaped
//      | hang_up()
//      v
//   SIGHUP --kPatience--> SIGKILL
//
// One that has a terminal gets the SIGHUP from the kernel, when the terminal is closed. A second one is harmful: bash that is
// sent both at once may leave its background jobs running. So it is sent only if the first one was not enough.
//
// If this process is killed, or exits before the program has ended, net/program_watcher ends it.
#pragma once

#include <sys/types.h>

#include <expected>
#include <functional>
#include <memory>

#include "net/program_start.h"
#include "net/program_watcher.h"
#include "os/asio.h"
#include "serialtcp/time.h"

namespace serialtcp::io::session {

/// It lives until it was reaped.
class Process final : public std::enable_shared_from_this<Process> {
 public:
  /// Time for a program to end after SIGHUP.
  static constexpr Duration kPatience = std::chrono::seconds(2);
  /// One that has a terminal is sent SIGHUP after this time.
  static constexpr Duration kTerminalPatience = std::chrono::seconds(1);

  Process(asio::io_context& context, std::shared_ptr<ProgramWatcher> watcher)
      : watcher_(std::move(watcher)), exited_(context), timer_(context) {}
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// `ended` is called from the loop when it has been reaped, with its status as wait() gives it; not after hang_up(). The
  /// error is an errno.
  std::expected<void, int> start(const Program& program, const StandardFiles& files,
                                 std::function<void(int status)> ended);
  bool running() const { return pid_ != 0; }
  /// It is not needed any more. If it has a terminal, the caller closes that.
  void hang_up();

 private:
  void send_hangup();
  void watch_exit();
  void reap();

  std::shared_ptr<ProgramWatcher> watcher_;
  std::function<void(int status)> ended_;
  pid_t pid_ = 0;  ///< 0: not running
  bool has_terminal_ = false;
  bool hung_up_ = false;
  asio::posix::stream_descriptor exited_;
  asio::steady_timer timer_;
};

}  // namespace serialtcp::io::session
