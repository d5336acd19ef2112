// fork(2): this process has the line, the child standard input and output.
#include "cli/split_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <variant>

#include "cli/own_stream_posix.h"
#include "cli/run.h"
#include "cli/running_processes.h"
#include "os/error_text.h"
#include "port/line_factory.h"

namespace serialtcp::cli {

namespace {

/// The child calls `child` with its side of a pair of sockets, which becomes the stream, and ends with what that returns. In
/// this process, standard input and output are /dev/null from then on. Empty if it cannot be done; errno says why.
std::optional<RunOptions::Joint> split_process(const std::function<int(io::NativeHandle stream)>& child) {
  std::array<int, 2> sockets{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0) return std::nullopt;
  const pid_t process = ::fork();
  if (process < 0) return std::nullopt;
  if (process == 0) {
    ::close(sockets[0]);
    ::_exit(child(sockets[1]));
  }
  ::close(sockets[1]);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO}) ::dup2(null, fd);
  ::close(null);
  return RunOptions::Joint{.socket = sockets[0], .process = process, .make = &make_own_stream};
}

}  // namespace

int run_own_line(const OwnLine& line, std::span<const char* const> words,
                 const std::function<int(io::NativeHandle stream)>& child) {
  const bool of_stream = line.status == RunOptions::Joint::Status::of_stream;
  auto options = parse_options(words, line.wanted);
  if (!options) {
    if (const auto* const answer = std::get_if<Answer>(&options.error())) {
      std::fputs(answer->text.c_str(), stdout);
      return kExitOk;
    }
    print_problem(line.command, std::get<UsageError>(options.error()).text);
    return of_stream ? kExitUsage : line.failed;
  }
  if (io::is_standard_input_and_output(options->link.port)) {
    print_problem(
        line.command,
        "standard input and output carry the stream, and cannot be the line as well: give another SERIALPORT");
    return of_stream ? kExitUsage : line.failed;
  }
  if (options->log_style.verbosity == Verbosity::normal) options->log_style.verbosity = Verbosity::quiet;
  options->joint = split_process(child);
  if (!options->joint) {
    print_problem(line.command, "cannot start: " + io::plain_text(errno));
    return line.failed;
  }
  options->joint->command = line.command;
  options->joint->failed = line.failed;
  options->joint->status = line.status;
  const RunResult result = run(*options);
  const int status = of_stream ? result.status : options->joint->ended_with->value_or(line.failed);
  if (result.threads == RunResult::Threads::hanging) ::_exit(status);
  return status;
}

}  // namespace serialtcp::cli
