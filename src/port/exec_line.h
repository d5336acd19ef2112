// ExecLine: a program that replaces a serial line: its standard input and output are the line, through a socket or a
// terminal, and its standard error is logged. When it ends, the line is away, and it is started again.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/child_process.h"
#include "os/lifetime.h"
#include "os/observer.h"
#include "port/line.h"
#include "port/line_kind.h"

namespace serialtcp::io {

/// What is needed to start a program. All of it outlives the call; `watcher` is that of the line.
struct ProgramWish {
  asio::io_context& context;
  const std::shared_ptr<ProgramWatcher>& watcher;
  const std::string& name;     ///< of the line
  const std::string& command;  ///< for the system's shell
};

/// One that runs.
struct StartedProgram {
  std::shared_ptr<ChildProcess> process;
  std::unique_ptr<Line> bytes;  ///< its standard input and output; open
};

/// How a kind of these lines starts a program. The error is an errno.
using StartProgram = std::expected<StartedProgram, int> (*)(const ProgramWish& wish,
                                                            ChildProcess::Reports reports);

class ExecLine final : public Line {
 public:
  /// The pause before it is started again; it doubles while the peer was not heard on it.
  static constexpr Duration kFirstPause = std::chrono::seconds(1);
  static constexpr Duration kLongestPause = std::chrono::seconds(30);
  /// What the program has written and we have not read, in bytes.
  static constexpr int kProgramsBuffer = 64 * 1024;

  /// The observer of the request must outlive the line.
  ExecLine(const LineRequest& request, std::string command, StartProgram start);
  ~ExecLine() override;

  void open(Opened opened) override;
  /// The program is asked to end, and killed if it does not, also if this object is destroyed before that.
  void close() override;
  LineResult read(MutableByteView into) override;
  LineResult write(ByteView bytes) override;
  void when_readable(Ready ready) override;
  void when_writable(Ready ready) override { bytes_->when_writable(std::move(ready)); }
  std::size_t unsent() const override { return bytes_ ? bytes_->unsent() : 0; }
  Reopening reopening() const override;
  const std::string& name() const override { return name_; }

 private:
  std::expected<void, OpenError> start_program();
  void give_up();
  void wake();
  LineResult gone() const;

  asio::io_context& context_;
  std::string name_;
  std::string command_;
  StartProgram start_;
  Observer& observer_;
  std::shared_ptr<ProgramWatcher> watcher_;
  std::shared_ptr<ChildProcess> process_;
  std::unique_ptr<Line> bytes_;  ///< while it is open
  bool output_ended_ = false;    ///< and the program is expected to end
  std::optional<int> status_;    ///< of the program, when it has ended
  Ready readable_;
  Lifetime lifetime_;
};

/// What is wrong with a command; empty if nothing is.
std::optional<std::string> command_problem(std::string_view command);

inline constexpr SilenceAdvice kExecAdvice = {
    .reasons = "the command does not reach it (what it says is in this log)",
    .check = "check the command, and what it says in this log",
    .speed = SilenceAdvice::Speed::none};

// ---- Members of a LineKind ----

template <const LineKind* kind, StartProgram start>
std::expected<std::unique_ptr<Line>, std::string> make_exec_line(const LineRequest& request) {
  const std::string_view command = request.rest(kind->prefix);
  if (auto problem = command_problem(command)) return std::unexpected(std::move(*problem));
  return std::make_unique<ExecLine>(request, std::string(command), start);
}

template <const LineKind* kind>
std::expected<void, OpenError> look_at_command(const std::string& name) {
  if (auto problem = command_problem(std::string_view(name).substr(kind->prefix.size())))
    return std::unexpected(OpenError{.text = std::move(*problem)});
  return {};
}

/// Each link starts a program of its own.
inline std::optional<std::string> command_is_shared(const std::string&) {
  return {};
}

/// exec:COMMAND
extern const LineKind kExecLineKind;
/// exec,pty:COMMAND, where there are ptys
extern const LineKind kExecTerminalLineKind;

}  // namespace serialtcp::io
