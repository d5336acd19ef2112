#include "session/process.h"

#include <fcntl.h>
#include <sys/wait.h>

#include <csignal>
#include <utility>

#include "net/child_exit.h"
#include "os/clock.h"

namespace serialtcp::io::session {

std::expected<void, int> Process::start(const Program& program, const StandardFiles& files,
                                        std::function<void(int status)> ended) {
  const auto started = start_program(program, files, *watcher_);
  if (!started) return std::unexpected(started.error());
  pid_ = *started;
  const auto exit = exit_descriptor(pid_);
  if (!exit) {
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    watcher_->remove(std::exchange(pid_, 0));
    return std::unexpected(exit.error());
  }
  exited_.assign(*exit);
  ended_ = std::move(ended);
  watch_exit();
  return {};
}

void Process::hang_up(int terminal) {
  ended_ = nullptr;
  if (pid_ == 0 || std::exchange(hung_up_, true)) return;
  // If no descriptor is left, the terminal is closed at once, which nearly always suffices.
  if (const int kept = terminal < 0 ? -1 : ::fcntl(terminal, F_DUPFD_CLOEXEC, 0); kept >= 0)
    terminal_.assign(kept);
  watcher_->expect_end(pid_);
  kill_at_ = now() + kPatience;
  send_hangup();
}

void Process::send_hangup() {
  const bool patient = now() < kill_at_;
  ::kill(-pid_, patient ? SIGHUP : SIGKILL);
  if (!patient) return;
  ::kill(-pid_, SIGCONT);  // one that is stopped could not end
  timer_.expires_after(kAgain);
  timer_.async_wait([self = shared_from_this()](ErrorCode cancelled) {
    if (!cancelled && self->pid_ != 0) self->send_hangup();
  });
}

void Process::watch_exit() {
  exited_.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](ErrorCode error) {
    if (error != asio::error::operation_aborted) self->reap();
  });
}

void Process::reap() {
  // A wait for a descriptor may complete early, if another one had its number before.
  siginfo_t info{};
  const bool runs =
      ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
  if (runs) return watch_exit();
  // Others of its group. Until it is waited for, no other group can have its number.
  if (hung_up_) ::kill(-pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, WNOHANG);
  watcher_->remove(std::exchange(pid_, 0));
  timer_.cancel();
  ErrorCode ignored;
  exited_.close(ignored);
  terminal_.close(ignored);
  if (const auto ended = std::exchange(ended_, nullptr)) ended(status);
}

}  // namespace serialtcp::io::session
