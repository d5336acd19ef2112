// Starting the program like services with exec:, and waiting for its status before the line is reported as gone.
#include "port/exec_line.h"

#include <fmt/format.h>

#include <utility>

#include "net/tcp_options.h"
#include "os/error_text.h"
#include "os/text.h"
#include "port/connected_line.h"

namespace serialtcp::io {

namespace {

/// Our end of its standard input and output.
class ProgramSocket final : public ConnectedLine {
 public:
  ProgramSocket(asio::io_context& context, std::string name, StreamSocket socket)
      : ConnectedLine(context, std::move(name)) {
    set_line_options(socket);
    adopt(std::move(socket));
  }
  ~ProgramSocket() override { ProgramSocket::close(); }

  void open(Opened opened) override { opened({}); }
};

std::expected<StartedProgram, int> start_at_socket(const ProgramWish& wish, ChildProcess::Reports reports) {
  auto process =
      make_child_process(wish.context, wish.watcher, std::move(reports), ChildProcess::LeftBehind::end);
  auto socket = process->start(wish.command, ExecLine::kProgramsBuffer);
  if (!socket) return std::unexpected(socket.error());
  return StartedProgram{std::move(process),
                        std::make_unique<ProgramSocket>(wish.context, wish.name, std::move(*socket))};
}

}  // namespace

constinit const LineKind kExecLineKind = {
    .prefix = "exec:",
    .form = "exec:COMMAND",
    .make = &make_exec_line<&kExecLineKind, &start_at_socket>,
    .look = &look_at_command<&kExecLineKind>,
    .exclusive = &command_is_shared,
    .advice = kExecAdvice,
};

std::optional<std::string> command_problem(std::string_view command) {
  if (command.find_first_not_of(' ') != std::string_view::npos) return std::nullopt;
  return "a command is expected, as in exec:'ssh board serialtcp -c localhost:22 -'";
}

ExecLine::ExecLine(const LineRequest& request, std::string command, StartProgram start)
    : context_(request.context),
      name_(printable(request.name)),
      command_(std::move(command)),
      start_(start),
      observer_(request.observer),
      watcher_(request.watcher) {}

ExecLine::~ExecLine() {
  ExecLine::close();
}

void ExecLine::open(Opened opened) {
  opened(start_program());
}

std::expected<void, OpenError> ExecLine::start_program() {
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
  auto started = start_({context_, watcher_, name_, command_}, std::move(reports));
  if (!started) {
    return std::unexpected(
        OpenError{passing, fmt::format("it could not be started: {}", plain_text(started.error()))});
  }
  process_ = std::move(started->process);
  bytes_ = std::move(started->bytes);
  return {};
}

/// What it has written comes first.
LineResult ExecLine::read(MutableByteView into) {
  LineResult result = bytes_->read(into);
  if (result.status == LineStatus::ok) return result;
  if (status_) return gone();
  if (result.status == LineStatus::gone) give_up();
  return {LineStatus::would_block};
}

/// What nobody reads any more is dropped.
LineResult ExecLine::write(ByteView bytes) {
  LineResult result = bytes_->write(bytes);
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
  if (!output_ended_) bytes_->when_readable([this] { wake(); });
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
  bytes_.reset();
}

Reopening ExecLine::reopening() const {
  return {kFirstPause, kLongestPause, Duration::max(), Reopening::Hearing::counts};
}

}  // namespace serialtcp::io
