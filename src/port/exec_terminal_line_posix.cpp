// A program with a terminal of its own in place of a socket.
#include <utility>

#include "net/child_process_posix.h"
#include "port/descriptor_line_posix.h"
#include "port/exec_line.h"

namespace serialtcp::io {

namespace {

/// The controlling side of its terminal.
class ProgramTerminal final : public DescriptorLine {
 public:
  ProgramTerminal(asio::io_context& context, std::string name, int fd)
      : DescriptorLine(context, std::move(name)) {
    adopt(fd);
  }
  ~ProgramTerminal() override { ProgramTerminal::close(); }

  void open(Opened opened) override { opened({}); }
};

std::expected<StartedProgram, int> start_at_terminal(const ProgramWish& wish, ChildProcess::Reports reports) {
  auto process = std::make_shared<PosixChild>(wish.context, wish.watcher, std::move(reports),
                                              ChildProcess::LeftBehind::end);
  const auto fd = process->start(wish.command, PosixChild::Joint::terminal, ExecLine::kProgramsBuffer);
  if (!fd) return std::unexpected(fd.error());
  return StartedProgram{std::move(process), std::make_unique<ProgramTerminal>(wish.context, wish.name, *fd)};
}

}  // namespace

constinit const LineKind kExecTerminalLineKind = {
    .prefix = "exec,pty:",
    .form = "",
    .make = &make_exec_line<&kExecTerminalLineKind, &start_at_terminal>,
    .look = &look_at_command<&kExecTerminalLineKind>,
    .exclusive = &command_is_shared,
    .advice = kExecAdvice,
};

}  // namespace serialtcp::io
