// Starting the program like services with exec:, and waiting for its status before the line is reported as gone.
#include "port/exec_line.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <utility>

#include "net/tcp_options.h"
#include "os/error_text.h"
#include "os/text.h"

namespace serialtcp::io {

namespace {

/// What the program has written and we have not read.
constexpr int kProgramsBuffer = 64 * 1024;

std::optional<std::string> command_problem(std::string_view command) {
  if (command.find_first_not_of(' ') != std::string_view::npos) return std::nullopt;
  return "a command is expected, as in exec:'ssh board serialtcp -c localhost:22 -'";
}

template <const LineKind* kind>
std::expected<void, OpenError> look_at_command(const std::string& name) {
  if (auto problem = command_problem(std::string_view(name).substr(kind->prefix.size())))
    return std::unexpected(OpenError{.text = std::move(*problem)});
  return {};
}

template <const LineKind* kind, PosixChild::Joint joint>
std::expected<std::unique_ptr<Line>, std::string> make_exec_line(const LineRequest& request) {
  const std::string_view command = request.rest(kind->prefix);
  if (auto problem = command_problem(command)) return std::unexpected(std::move(*problem));
  return std::make_unique<ExecLine>(request, std::string(command), joint);
}

/// Each link starts a program of its own.
std::optional<std::string> command_is_shared(const std::string&) {
  return {};
}

constexpr SilenceAdvice kExecAdvice = {
    .reasons = "the command does not reach it (what it says is in this log)",
    .check = "check the command, and what it says in this log",
    .speed = SilenceAdvice::Speed::none};

}  // namespace

constinit const LineKind kExecLineKind = {
    .prefix = "exec:",
    .form = "exec:COMMAND",
    .make = &make_exec_line<&kExecLineKind, PosixChild::Joint::socket>,
    .look = &look_at_command<&kExecLineKind>,
    .exclusive = &command_is_shared,
    .advice = kExecAdvice,
};

constinit const LineKind kExecTerminalLineKind = {
    .prefix = "exec,pty:",
    .form = "",
    .make = &make_exec_line<&kExecTerminalLineKind, PosixChild::Joint::terminal>,
    .look = &look_at_command<&kExecTerminalLineKind>,
    .exclusive = &command_is_shared,
    .advice = kExecAdvice,
};

ExecLine::ExecLine(const LineRequest& request, std::string command, PosixChild::Joint joint)
    : DescriptorLine(request.context, printable(request.name)),
      context_(request.context),
      command_(std::move(command)),
      joint_(joint),
      observer_(request.observer),
      watcher_(request.watcher) {}

ExecLine::~ExecLine() {
  ExecLine::close();
}

void ExecLine::open(Opened opened) {
  opened(start());
}

std::expected<void, OpenError> ExecLine::start() {
  using enum OpenError::Kind;
  if (process_ && process_->running())
    return std::unexpected(OpenError{passing, "the previous program has not ended yet"});
  output_ended_ = false;
  status_.reset();
  ChildProcess::Reports reports;
  reports.said = [this](std::string_view line) {
    observer_.note(fmt::format("the program of {} says: {}", name(), line));
  };
  reports.ended = [this](int status) {
    status_ = status;
    wake();
  };
  process_ =
      std::make_shared<PosixChild>(context_, watcher_, std::move(reports), ChildProcess::LeftBehind::end);
  const auto started = process_->start(command_, joint_, kProgramsBuffer);
  if (!started) {
    return std::unexpected(
        OpenError{passing, fmt::format("it could not be started: {}", plain_text(started.error()))});
  }
  int fd = *started;
  if (joint_ == PosixChild::Joint::socket) {
    StreamSocket socket(context_, asio::generic::stream_protocol(AF_UNIX, 0), fd);
    set_line_options(socket);
    fd = socket.release();
  }
  adopt(fd);
  return {};
}

/// What it has written comes first.
LineResult ExecLine::read(MutableByteView into) {
  LineResult result = DescriptorLine::read(into);
  if (result.status == LineStatus::ok) return result;
  if (status_) return gone();
  if (result.status == LineStatus::gone) give_up();
  return {LineStatus::would_block};
}

/// What nobody reads any more is dropped.
LineResult ExecLine::write(ByteView bytes) {
  LineResult result = DescriptorLine::write(bytes);
  if (result.status != LineStatus::gone) return result;
  if (status_) return gone();
  give_up();
  return {LineStatus::ok, bytes.size()};
}

LineResult ExecLine::gone() const {
  return {LineStatus::gone, 0, "the program " + exit_text(*status_)};
}

/// It has closed its input or output. Its status is awaited.
void ExecLine::give_up() {
  if (std::exchange(output_ended_, true)) return;
  process_->give_up(Delivered::some);
}

void ExecLine::when_readable(Ready ready) {
  readable_ = std::move(ready);
  // Another process may hold the terminal.
  if (status_) asio::post(context_, lifetime_.guard([this] { wake(); }));
  // Its end would be readable all the time.
  if (!output_ended_) DescriptorLine::when_readable([this] { wake(); });
}

void ExecLine::wake() {
  if (Ready ready = std::exchange(readable_, nullptr)) ready();
}

void ExecLine::close() {
  readable_ = nullptr;
  if (process_) {
    process_->forget();
    process_->cancel();
  }
  DescriptorLine::close();
}

Reopening ExecLine::reopening() const {
  return {kFirstPause, kLongestPause, Duration::max(), Reopening::Hearing::counts};
}

}  // namespace serialtcp::io
