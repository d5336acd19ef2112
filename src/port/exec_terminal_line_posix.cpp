// Our end is the controller of the pty.
#include "port/exec_terminal_line_posix.h"

#include <utility>

#include "net/child_process_posix.h"

namespace serialtcp::io {

constinit const LineKind kExecTerminalLineKind = {
    .prefix = "exec,pty:",
    .form = "",
    .make = [](const LineRequest& request) -> std::expected<std::unique_ptr<Line>, std::string> {
      const std::string_view command = request.rest(kExecTerminalLineKind.prefix);
      if (auto looked = look_at_command(command); !looked)
        return std::unexpected(std::move(looked.error().text));
      return std::make_unique<ExecTerminalLine>(request, std::string(command));
    },
    .look =
        [](const std::string& name) {
          return look_at_command(std::string_view(name).substr(kExecTerminalLineKind.prefix.size()));
        },
    .exclusive = &command_is_shared,
    .advice = kExecAdvice,
};

ExecTerminalLine::ExecTerminalLine(const LineRequest& request, std::string command)
    : ProgramLine(request), command_(std::move(command)) {}

std::expected<std::shared_ptr<ChildProcess>, int> ExecTerminalLine::start_program(
    ChildProcess::Reports reports) {
  auto process =
      std::make_shared<PosixChild>(context(), watcher(), std::move(reports), ChildProcess::LeftBehind::end);
  const auto started = process->start(command_, PosixChild::Joint::terminal, kProgramsBuffer);
  if (!started) return std::unexpected(started.error());
  adopt(*started);
  return process;
}

}  // namespace serialtcp::io
