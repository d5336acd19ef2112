// Starting, watching and ending a process without ever blocking.
#include "net/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <expected>
#include <utility>

#include "base/bucket.h"
#include "net/child_exit.h"
#include "net/program_start.h"
#include "os/clock.h"
#include "os/error_text.h"
#include "os/text.h"

namespace serialtcp::io {

namespace {

/// A descriptor that is closed unless it is released.
class Owned {
 public:
  Owned() = default;
  explicit Owned(int fd) : fd_(fd) {}
  ~Owned() { reset(); }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

std::string status_text(int status) {
  constexpr int kNotFound = 127;
  constexpr int kNotExecutable = 126;
  if (WIFSIGNALED(status)) return fmt::format("was ended by signal {}", WTERMSIG(status));
  const int code = WEXITSTATUS(status);
  const std::string_view meaning = code == kNotFound        ? " (there is no such command)"
                                   : code == kNotExecutable ? " (the command cannot be executed)"
                                                            : "";
  return fmt::format("ended with status {}{}", code, meaning);
}

}  // namespace

/// One process. It lives until it was reaped and its standard error was read.
class Process final : public Attempt, public std::enable_shared_from_this<Process> {
 public:
  Process(ProgramTarget& owner, std::uint64_t connection)
      : owner_(&owner),
        observer_(owner.voice_),
        watcher_(owner.watcher_),
        connection_(connection),
        exited_(owner.context_),
        error_output_(owner.context_),
        timer_(owner.context_),
        lines_(ProgramTarget::kMaxLinesPerSecond, ProgramTarget::kMaxLinesPerSecond) {}

  /// Our end of its standard input and output, or the error.
  std::expected<int, int> start(const std::string& command, std::uint64_t rate);

  /// The connection was reset, or the program ends.
  void cancel() override;
  void give_up(Delivered delivered) override;

  /// There is no object any more that watches it.
  void kill_now();

 private:
  void watch_exit();
  void reap();
  void stop_watching();
  void tell(std::string_view what) const;
  void say(std::string_view line) const;
  void watch_error_output();
  void read_error_output();
  void take_error_output(std::string_view text);
  void log_line(std::string_view line);
  void tell_missing_lines();

  ProgramTarget* owner_;                 ///< until it has been reaped
  std::shared_ptr<Observer*> observer_;  ///< null when the target has been destroyed
  std::shared_ptr<ProgramWatcher> watcher_;
  std::uint64_t connection_;
  pid_t pid_ = 0;  ///< 0: not running
  bool asked_to_end_ = false;
  asio::posix::stream_descriptor exited_;
  asio::posix::stream_descriptor error_output_;
  Owned io_;  ///< a duplicate of the socket, to end it at the exit
  asio::steady_timer timer_;
  base::Bucket lines_;  ///< one token for each line
  std::uint64_t lines_missing_ = 0;
  std::string line_;
};

/// A program believes delivered what it has written, even if it was not read. The buffer therefore holds two
/// seconds of the line, at least a few pages and at most the system's default.
int send_buffer(std::uint64_t rate) {
  constexpr std::uint64_t kLeast = 8 * 1024;
  constexpr std::uint64_t kMost = 104 * 1024;  // the system doubles it
  return static_cast<int>(std::clamp(rate, kLeast / 2, kMost / 2) * 2);
}

std::expected<int, int> Process::start(const std::string& command, std::uint64_t rate) {
  std::array<int, 2> sockets{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0)
    return std::unexpected(errno);
  Owned ours(sockets[0]);
  const Owned theirs(sockets[1]);
  const int buffer = send_buffer(rate);
  ::setsockopt(theirs.get(), SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  std::array<int, 2> pipe{-1, -1};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return std::unexpected(errno);
  Owned error_read(pipe[0]);
  const Owned error_write(pipe[1]);
  io_.reset(::fcntl(ours.get(), F_DUPFD_CLOEXEC, 0));
  if (io_.get() < 0) return std::unexpected(errno);
  const auto started = start_program(command, theirs.get(), error_write.get(), *watcher_);
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

// ---- The end of a process ----

void Process::cancel() {
  if (pid_ == 0 || asked_to_end_) return;
  asked_to_end_ = true;
  ::kill(-pid_, SIGTERM);
  timer_.expires_after(ProgramTarget::kPatience);
  timer_.async_wait([self = shared_from_this()](ErrorCode cancelled) {
    if (!cancelled && self->pid_ != 0) ::kill(-self->pid_, SIGKILL);
  });
}

void Process::give_up(Delivered delivered) {
  if (delivered == Delivered::nothing || pid_ == 0 || asked_to_end_) return cancel();
  timer_.expires_after(ProgramTarget::kLastWork);
  timer_.async_wait([self = shared_from_this()](ErrorCode cancelled) {
    if (!cancelled) self->cancel();
  });
}

void Process::kill_now() {
  owner_ = nullptr;
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
void Process::stop_watching() {
  if (watcher_) watcher_->remove(pid_);
  watcher_.reset();
}

void Process::watch_exit() {
  exited_.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](ErrorCode error) {
    if (error != asio::error::operation_aborted) self->reap();
  });
}

void Process::reap() {
  // Processes that it has started and left behind end with it, if it was to end. Until it is waited for, no
  // other group can have its number.
  if (asked_to_end_) ::kill(-pid_, SIGKILL);
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == 0) return watch_exit();
  stop_watching();
  pid_ = 0;
  timer_.cancel();
  ErrorCode ignored;
  exited_.close(ignored);
  // What it has written is still read. Then comes the end, even if another process holds its output.
  ::shutdown(io_.get(), SHUT_RD);
  io_.reset();
  tell("the program " + status_text(status));
  if (ProgramTarget* const owner = std::exchange(owner_, nullptr))
    owner->processes_.erase(shared_from_this());
}

// ---- Standard error ----

void Process::watch_error_output() {
  error_output_.async_wait(asio::posix::stream_descriptor::wait_read,
                           [self = shared_from_this()](ErrorCode error) {
                             if (error != asio::error::operation_aborted) self->read_error_output();
                           });
}

void Process::tell(std::string_view what) const {
  if (*observer_ != nullptr) (*observer_)->connection(connection_, what);
}

void Process::say(std::string_view line) const {
  if (*observer_ != nullptr) (*observer_)->program_said(connection_, line);
}

void Process::read_error_output() {
  std::array<char, 4096> buffer;
  ErrorCode error;
  const std::size_t count = error_output_.read_some(asio::buffer(buffer), error);
  if (error == asio::error::would_block || error == asio::error::interrupted) return watch_error_output();
  if (!error) {
    take_error_output({buffer.data(), count});
    return watch_error_output();
  }
  if (!line_.empty()) log_line(std::exchange(line_, {}));
  tell_missing_lines();
  error_output_.close(error);
}

void Process::take_error_output(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t room = ProgramTarget::kMaxLine - line_.size();
    const std::size_t count = std::min({end, text.size(), room});
    line_ += text.substr(0, count);
    text.remove_prefix(count);
    const bool ended = !text.empty() && text.front() == '\n';
    if (ended) text.remove_prefix(1);
    if (ended || line_.size() == ProgramTarget::kMaxLine) log_line(std::exchange(line_, {}));
  }
}

void Process::log_line(std::string_view line) {
  if (!lines_.try_take(now())) {
    ++lines_missing_;
    return;
  }
  tell_missing_lines();
  say(printable(line));
}

void Process::tell_missing_lines() {
  if (lines_missing_ == 0) return;
  say(fmt::format("({} more lines, not shown)", lines_missing_));
  lines_missing_ = 0;
}

// ---- The service ----

ProgramTarget::ProgramTarget(asio::io_context& context, std::string command, Observer& observer,
                             std::shared_ptr<base::FairShare> shared, std::shared_ptr<ProgramWatcher> watcher)
    : context_(context),
      command_(std::move(command)),
      observer_(observer),
      voice_(std::make_shared<Observer*>(&observer)),
      watcher_(std::move(watcher)),
      share_(std::move(shared), [this] { return processes_.size(); }) {}

ProgramTarget::~ProgramTarget() {
  *voice_ = nullptr;
  for (const auto& process : processes_) process->kill_now();
}

void ProgramTarget::stop() {
  for (const auto& process : processes_) process->cancel();
}

std::string ProgramTarget::name() const {
  return "exec:" + printable(command_);
}

std::shared_ptr<Attempt> ProgramTarget::reach(std::uint64_t connection, Done done) {
  auto process = std::make_shared<Process>(*this, connection);
  std::expected<StreamSocket, ResetReason> result = std::unexpected(ResetReason::refused);
  if (processes_.size() >= kMaxProcesses) {
    observer_.connection(connection, fmt::format("the limit of {} processes is reached", kMaxProcesses));
  } else if (!share_.may_add()) {
    observer_.connection(
        connection,
        fmt::format("the limit of {} processes of all services, or the share of this one, is reached",
                    kMaxPrograms));
  } else if (const auto started = process->start(command_, rate_); started) {
    processes_.insert(process);
    result = StreamSocket(context_, asio::generic::stream_protocol(AF_UNIX, 0), *started);
  } else {
    observer_.connection(connection,
                         fmt::format("could not start {}: {}", name(), plain_text(started.error())));
    result = std::unexpected(connect_reason(started.error()));
  }
  asio::post(context_, [process, result = std::move(result), done = std::move(done)]() mutable {
    done(std::move(result));
  });
  return process;
}

}  // namespace serialtcp::io
