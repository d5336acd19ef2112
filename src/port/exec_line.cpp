// Starting the program like services with exec:, and waiting for its status before the line is reported as gone.
#include "port/exec_line.h"

#include <utility>

#include "net/tcp_options.h"

namespace serialtcp::io {

std::expected<void, OpenError> look_at_command(std::string_view command) {
  if (command.find_first_not_of(' ') != std::string_view::npos) return {};
  return std::unexpected(
      OpenError{.text = "a command is expected, as in exec:'ssh board serialtcp -c localhost:22 -'"});
}

std::optional<std::string> command_is_shared(const std::string&) {
  return {};
}

constinit const LineKind kExecLineKind = {
    .prefix = "exec:",
    .form = "exec:COMMAND",
    .make = [](const LineRequest& request) -> std::expected<std::unique_ptr<Line>, std::string> {
      const std::string_view command = request.rest(kExecLineKind.prefix);
      if (auto looked = look_at_command(command); !looked)
        return std::unexpected(std::move(looked.error().text));
      return std::make_unique<ExecLine>(request, std::string(command));
    },
    .look =
        [](const std::string& name) {
          return look_at_command(std::string_view(name).substr(kExecLineKind.prefix.size()));
        },
    .exclusive = &command_is_shared,
    .advice = kExecAdvice,
};

ExecLine::ExecLine(const LineRequest& request, std::string command)
    : ProgramLine(request), command_(std::move(command)) {}

std::expected<std::shared_ptr<ChildProcess>, int> ExecLine::start_program(ChildProcess::Reports reports) {
  auto process = make_child_process(context(), watcher(), std::move(reports), ChildProcess::LeftBehind::end);
  auto started = process->start(command_, kProgramsBuffer);
  if (!started) return std::unexpected(started.error());
  set_line_options(*started);
  adopt(std::move(*started));
  return process;
}

}  // namespace serialtcp::io
