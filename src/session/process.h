// Process: a program of a session, which ends with it. Every signal goes to its group.
//
//   running --exits--> reaped
//      | hang_up()
//      v
//   SIGHUP, every kAgain --kPatience--> SIGKILL
//
// Once is not always enough: readline of bash misses a signal that comes just before it reads, until the next one.
//
// Its terminal stays open until then. One that is closed ends a shell in two ways at once, by the end of its input and by the
// kernel's SIGHUP, and bash may then leave its background jobs running.
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
  static constexpr Duration kPatience = std::chrono::seconds(5);
  static constexpr Duration kAgain = std::chrono::seconds(1);

  Process(asio::io_context& context, std::shared_ptr<ProgramWatcher> watcher)
      : watcher_(std::move(watcher)), exited_(context), terminal_(context), timer_(context) {}
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// `ended` is called from the loop when it has been reaped, with its status as wait() gives it; not after hang_up(). The
  /// error is an errno.
  std::expected<void, int> start(const Program& program, const StandardFiles& files,
                                 std::function<void(int status)> ended);
  bool running() const { return pid_ != 0; }
  /// It is not needed any more. `terminal`: our side of its terminal, if it has one; the caller may close that afterwards, since
  /// a duplicate is kept for as long as the program runs.
  void hang_up(int terminal = -1);

 private:
  void send_hangup();
  void watch_exit();
  void reap();

  std::shared_ptr<ProgramWatcher> watcher_;
  std::function<void(int status)> ended_;
  pid_t pid_ = 0;  ///< 0: not running
  bool hung_up_ = false;
  Time kill_at_;
  asio::posix::stream_descriptor exited_;
  asio::posix::stream_descriptor terminal_;  ///< kept open, never read
  asio::steady_timer timer_;
};

}  // namespace serialtcp::io::session
