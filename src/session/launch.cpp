#include "session/launch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "net/child_terminal.h"
#include "os/error_text.h"
#include "os/own_program.h"
#include "os/text.h"
#include "session/user.h"

namespace serialtcp::io::session {

namespace {

using wire::session::Kind;
using wire::session::Reason;
using wire::session::Refused;
using wire::session::Start;

/// Of a command in the log.
constexpr std::size_t kMostShown = 200;

/// Closes what is left in it.
struct Descriptors {
  std::array<int, 7> all = {-1, -1, -1, -1, -1, -1, -1};  ///< three pipes; this program

  Descriptors() = default;
  ~Descriptors() {
    for (const int fd : all) {
      if (fd >= 0) ::close(fd);
    }
  }
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;

  int take(std::size_t which) { return std::exchange(all[which], -1); }
};
constexpr std::size_t kOwnProgram = 6;

int make_pipes(Descriptors& descriptors) {
  for (std::size_t first = 0; first < kOwnProgram; first += 2) {
    if (::pipe2(&descriptors.all[first], O_CLOEXEC) != 0) return errno;
  }
  return 0;
}

std::expected<void, int> run_at_pipes(const Program& program, Running& running,
                                      std::function<void(int)> ended, Descriptors& descriptors) {
  if (const int error = make_pipes(descriptors)) return std::unexpected(error);
  auto& all = descriptors.all;
  const auto started = running.process->start(
      program, {.input = all[0], .output = all[3], .error_output = all[5]}, std::move(ended));
  if (!started) return started;
  running.input.assign(descriptors.take(1));
  running.output.assign(descriptors.take(2));
  running.error_output.assign(descriptors.take(4));
  for (auto* const one : {&running.input, &running.output, &running.error_output}) one->non_blocking(true);
  return {};
}

/// Two descriptors of the terminal, so that each direction can be waited for.
std::expected<void, int> run_at_terminal(const Program& program, TerminalSize size, Running& running,
                                         std::function<void(int)> ended, Descriptors& descriptors) {
  const auto terminal = make_terminal(size);
  if (!terminal) return std::unexpected(terminal.error());
  auto& all = descriptors.all;
  all[0] = terminal->program_side;  // its modes last while it is open
  all[1] = terminal->controller;
  all[2] = ::fcntl(terminal->controller, F_DUPFD_CLOEXEC, 0);
  if (all[2] < 0) return std::unexpected(errno);
  const StandardFiles files{.input = all[0],
                            .output = all[0],
                            .error_output = STDIN_FILENO,  // of the program: the terminal
                            .controlling_terminal = terminal->path};
  const auto started = running.process->start(program, files, std::move(ended));
  if (!started) return started;
  running.input.assign(descriptors.take(1));
  running.output.assign(descriptors.take(2));
  for (auto* const one : {&running.input, &running.output}) one->non_blocking(true);
  running.resize = [controller = running.output.native_handle()](wire::session::Size wanted) {
    resize_terminal(controller, {wanted.rows, wanted.columns});
  };
  return {};
}

std::expected<Program, Refused> program_of(const std::vector<Subsystem>& subsystems, const Start& start,
                                           Descriptors& descriptors) {
  const User user = own_user();
  Program program{.words = {}, .folder = user.home, .environment = environment_of(user, start.variables)};
  switch (start.kind) {
    case Kind::shell:
      program.words = {user.shell, "-l"};
      return program;
    case Kind::command:
      program.words = {"/bin/sh", "-c", start.text};
      return program;
    case Kind::subsystem:
      break;
    default:
      return std::unexpected(Refused{Reason::unknown, "a kind of session that this version does not have"});
  }
  const auto found = std::ranges::find(subsystems, start.text, &Subsystem::name);
  if (found == subsystems.end())
    return std::unexpected(
        Refused{Reason::unknown, fmt::format("no '{}' here", printable(start.text.substr(0, 40)))});
  const int own = open_own_program(kMoreDescriptor);
  if (own < 0)
    return std::unexpected(
        Refused{Reason::cannot_start, fmt::format("cannot open this program: {}", plain_text(-own))});
  descriptors.all[kOwnProgram] = own;
  program.more = own;
  program.words = {path_of_descriptor(kMoreDescriptor)};
  program.words.insert(program.words.end(), found->words.begin(), found->words.end());
  return program;
}

}  // namespace

std::string description(const Start& start) {
  if (start.kind == Kind::shell) return "a login shell";
  if (start.kind == Kind::console) return "the console";
  const std::string text = printable(start.text.substr(0, kMostShown));
  return fmt::format("{} {}{}", start.kind == Kind::command ? "the command" : "the subsystem", text,
                     start.text.size() > kMostShown ? " ..." : "");
}

std::expected<Running, Refused> launch(asio::io_context& context,
                                       const std::shared_ptr<ProgramWatcher>& watcher,
                                       const Repertoire& repertoire, const Start& start,
                                       std::function<void(int status)> ended) {
  if (start.kind == Kind::console) {
    if (repertoire.console) return repertoire.console(start.terminal);
    return std::unexpected(Refused{
        Reason::unknown, "there is no console here: serialtcp getty in place of serial-getty has one"});
  }
  Descriptors descriptors;
  const auto program = program_of(repertoire.subsystems, start, descriptors);
  if (!program) return std::unexpected(program.error());
  Running running{.process = std::make_shared<Process>(context, watcher),
                  .input = asio::posix::stream_descriptor(context),
                  .output = asio::posix::stream_descriptor(context),
                  .error_output = asio::posix::stream_descriptor(context)};
  const TerminalSize size{start.terminal.rows, start.terminal.columns};
  const auto started = size.rows > 0 ? run_at_terminal(*program, size, running, std::move(ended), descriptors)
                                     : run_at_pipes(*program, running, std::move(ended), descriptors);
  if (!started)
    return std::unexpected(
        Refused{Reason::cannot_start,
                fmt::format("cannot start {}: {}", description(start), plain_text(started.error()))});
  return running;
}

}  // namespace serialtcp::io::session
