// Starting, watching and ending a process without ever blocking.
#include "net/child_process_posix.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "net/child_exit.h"
#include "net/child_terminal.h"
#include "net/program_start.h"

namespace serialtcp::io {

namespace {

constexpr std::size_t kErrorOutputAtOnce = 4096;
/// A full pipe.
constexpr std::size_t kLastErrorOutput = 64 * 1024;

/// A descriptor that is closed unless it is released.
class Owned {
 public:
  explicit Owned(int fd) : fd_(fd) {}
  ~Owned() {
    if (fd_ >= 0) ::close(fd_);
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

/// It remains to be waited for.
bool has_exited(pid_t pid) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
         info.si_pid == pid;
}

}  // namespace

std::string exit_text(int status) {
  constexpr int kNotFound = 127;
  constexpr int kNotExecutable = 126;
  if (WIFSIGNALED(status)) return fmt::format("was ended by signal {}", WTERMSIG(status));
  const int code = WEXITSTATUS(status);
  const std::string_view meaning = code == kNotFound        ? " (there is no such command)"
                                   : code == kNotExecutable ? " (the command cannot be executed)"
                                                            : "";
  return fmt::format("ended with status {}{}", code, meaning);
}

PosixChild::PosixChild(asio::io_context& context, std::shared_ptr<ProgramWatcher> watcher, Reports reports,
                       LeftBehind left_behind)
    : context_(context),
      watcher_(std::move(watcher)),
      ended_(std::move(reports.ended)),
      said_(std::move(reports.said)),
      left_behind_(left_behind),
      exited_(context),
      error_output_(context),
      timer_(context) {}

PosixChild::~PosixChild() {
  if (socket_ >= 0) ::close(socket_);
}

std::shared_ptr<ChildProcess> make_child_process(asio::io_context& context,
                                                 std::shared_ptr<ProgramWatcher> watcher,
                                                 ChildProcess::Reports reports,
                                                 ChildProcess::LeftBehind left_behind) {
  return std::make_shared<PosixChild>(context, std::move(watcher), std::move(reports), left_behind);
}

std::expected<StreamSocket, int> PosixChild::start(const std::string& command, int buffer) {
  const auto started = start(command, Joint::socket, buffer);
  if (!started) return std::unexpected(started.error());
  return StreamSocket(context_, asio::generic::stream_protocol(AF_UNIX, 0), *started);
}

void PosixChild::forget() {
  ended_ = nullptr;
  said_.forget();
}

std::expected<int, int> PosixChild::start(const std::string& command, Joint joint, int buffer) {
  std::array<int, 2> pipe{-1, -1};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return std::unexpected(errno);
  Owned error_read(pipe[0]);
  const Owned error_write(pipe[1]);
  int fd = -1;
  const auto started = joint == Joint::socket ? start_at_socket(command, buffer, error_write.get(), fd)
                                              : start_at_terminal(command, error_write.get(), fd);
  Owned ours(fd);
  if (!started) return std::unexpected(started.error());
  pid_ = *started;
  const auto exit = exit_descriptor(pid_);
  if (!exit) {
    kill_now();
    return std::unexpected(exit.error());
  }
  exited_.assign(*exit);
  error_output_.assign(error_read.release());
  error_output_.non_blocking(true);
  watch_exit();
  watch_error_output();
  return ours.release();
}

std::expected<pid_t, int> PosixChild::start_at_socket(const std::string& command, int buffer,
                                                      int error_output, int& ours) {
  std::array<int, 2> sockets{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0)
    return std::unexpected(errno);
  ours = sockets[0];
  const Owned theirs(sockets[1]);
  ::setsockopt(theirs.get(), SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  socket_ = ::fcntl(ours, F_DUPFD_CLOEXEC, 0);
  if (socket_ < 0) return std::unexpected(errno);
  return start_program(shell_command(command),
                       {.input = theirs.get(), .output = theirs.get(), .error_output = error_output},
                       *watcher_);
}

/// There is no duplicate of ours: when that is closed, the program gets a SIGHUP.
std::expected<pid_t, int> PosixChild::start_at_terminal(const std::string& command, int error_output,
                                                        int& ours) {
  const auto terminal = make_raw_terminal();
  if (!terminal) return std::unexpected(terminal.error());
  ours = terminal->controller;
  const Owned kept(terminal->program_side);  // its modes last while it is open
  const StandardFiles files{.input = kept.get(),
                            .output = kept.get(),
                            .error_output = error_output,
                            .controlling_terminal = terminal->path};
  return start_program(shell_command(command), files, *watcher_);
}

// ---- The end of a process ----

void PosixChild::cancel() {
  if (pid_ == 0 || asked_to_end_) return;
  asked_to_end_ = true;
  ::kill(-pid_, SIGTERM);
  timer_.expires_after(kPatience);
  timer_.async_wait([self = shared_from_this()](ErrorCode cancelled) {
    if (!cancelled && self->pid_ != 0) ::kill(-self->pid_, SIGKILL);
  });
}

void PosixChild::give_up(Delivered delivered) {
  if (delivered == Delivered::nothing || pid_ == 0 || asked_to_end_) return cancel();
  timer_.expires_after(kLastWork);
  timer_.async_wait([self = shared_from_this()](ErrorCode cancelled) {
    if (!cancelled) self->cancel();
  });
}

void PosixChild::kill_now() {
  forget();
  timer_.cancel();
  ErrorCode ignored;
  error_output_.close(ignored);
  if (pid_ != 0) {
    ::kill(-pid_, SIGKILL);
    stop_watching();
    if (::waitpid(pid_, nullptr, WNOHANG) == 0) return;  // reap() will do it, or the system after us
  }
  pid_ = 0;
  exited_.close(ignored);
}

/// Another holder of this object has no watcher.
void PosixChild::stop_watching() {
  if (watcher_) watcher_->remove(pid_);
  watcher_.reset();
}

void PosixChild::watch_exit() {
  exited_.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](ErrorCode error) {
    if (error != asio::error::operation_aborted) self->reap();
  });
}

void PosixChild::reap() {
  // A wait for a descriptor may complete early, if another one had its number before.
  if (!has_exited(pid_)) return watch_exit();
  // Processes that it has started and left behind end with it. Until it is waited for, no other group can have its
  // number.
  if (asked_to_end_ || left_behind_ == LeftBehind::end) ::kill(-pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, WNOHANG);
  stop_watching();
  pid_ = 0;
  timer_.cancel();
  ErrorCode ignored;
  exited_.close(ignored);
  // What it has written is still read. Then comes the end, even if another process holds its output.
  if (socket_ >= 0) {
    ::shutdown(socket_, SHUT_RD);
    ::close(std::exchange(socket_, -1));
  }
  const std::shared_ptr<PosixChild> self = shared_from_this();  // its owner may let go of it
  read_last_error_output();
  if (const auto ended = std::exchange(ended_, nullptr)) ended(status);
}

// ---- Standard error ----

void PosixChild::watch_error_output() {
  error_output_.async_wait(asio::posix::stream_descriptor::wait_read,
                           [self = shared_from_this()](ErrorCode error) {
                             if (error != asio::error::operation_aborted) self->read_error_output();
                           });
}

void PosixChild::read_error_output() {
  read_some_error_output();
  if (error_output_.is_open()) watch_error_output();
}

/// False if there is nothing at the moment, or will be nothing any more.
bool PosixChild::read_some_error_output() {
  std::array<char, kErrorOutputAtOnce> buffer;
  ErrorCode error;
  const std::size_t count = error_output_.read_some(asio::buffer(buffer), error);
  if (error == asio::error::would_block || error == asio::error::interrupted) return false;
  if (!error) {
    said_.take({buffer.data(), count});
    return true;
  }
  said_.end();
  error_output_.close(error);
  return false;
}

/// What it has said before it ended, which its owner wants to know before its status. Another process may hold its
/// standard error, and say more later.
void PosixChild::read_last_error_output() {
  for (std::size_t count = 0; count < kLastErrorOutput && error_output_.is_open();
       count += kErrorOutputAtOnce) {
    if (!read_some_error_output()) break;
  }
  said_.end();
}

}  // namespace serialtcp::io
