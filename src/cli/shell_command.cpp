// A running process is asked first, since it has the device; without one, the device becomes a line of this command.
#include "cli/shell_command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/running_processes.h"
#include "cli/shell_words.h"
#include "cli/split_process.h"
#include "cli/stream_choice.h"
#include "cli/stream_text.h"
#include "control/stream_query.h"
#include "os/environment.h"
#include "os/files.h"
#include "os/text.h"
#include "port/line_factory.h"
#include "session/near_end.h"
#include "session/service.h"
#include "session/user.h"

namespace serialtcp::cli {

namespace {

using io::session::NearEnd;
using SessionOutcome = io::session::Outcome;
using wire::session::Kind;
using wire::session::Reason;
using wire::session::Start;

constexpr std::string_view kShell = "shell";
/// Of failures that are not the program's, as ssh has it.
constexpr int kShellFailed = 255;
constexpr wire::session::Size kUsualSize{24, 80};

constexpr std::string_view kUsage =
    "usage: serialtcp shell [OPTION]... DEV|NAME [COMMAND...]\n"
    "\n"
    "Runs COMMAND at the other end, or a login shell, as the user that runs the other end, if that allows shells.\n"
    "  NAME            the name of a link of a running serialtcp\n"
    "  DEV             a serial port, or what else SERIALPORT may be: a link of its own, unless one is running\n"
    "  COMMAND         joined by blanks, for sh -c\n"
    "  -t, -T          a terminal at the other end, or none (default: one, if there is no COMMAND)\n"
    "  -n              no standard input\n"
    "  -b BAUD         the speed of DEV (115200); --key FILE and other options of a link are possible, too\n"
    "  -o SendEnv=V    the other end gets the variable V (TERM, LANG, LC_*, GIT_PROTOCOL ...); -o SetEnv=V=VALUE\n"
    "  --control PATH  ask the process that listens there, and no other\n"
    "  --help          print this\n"
    "In place of ssh: rsync -e 'serialtcp shell' x NAME:y; GIT_SSH_COMMAND='serialtcp shell' git clone NAME:x\n"
    "On a terminal, ~. at the beginning of a line leaves it.\n"
    "Exit status: that of COMMAND, 128 and more if a signal ended it; 255 it could not be run, or the link was lost\n";

int failed(std::string_view text) {
  print_problem(kShell, text);
  return kShellFailed;
}

/// "TERM=xterm" of a name; nothing if it is not set.
void add_variable(const std::string& name, Start& start) {
  if (name.find('=') != std::string::npos) {
    start.variables.push_back(name);
  } else if (const auto value = io::environment_variable(name.c_str())) {
    start.variables.push_back(name + "=" + *value);
  }
}

wire::session::Size terminal_size() {
  winsize found{};
  if (::ioctl(STDIN_FILENO, TIOCGWINSZ, &found) != 0 || found.ws_row == 0) return kUsualSize;
  return {found.ws_row, found.ws_col};
}

Start start_of(const ShellWords& words) {
  Start start{.kind = Kind::shell, .text = words.command.value_or("")};
  if (words.command) start.kind = words.subsystem ? Kind::subsystem : Kind::command;
  using enum ShellWords::Terminal;
  const bool terminal = words.terminal == always ||
                        (words.terminal == automatic && !words.command && ::isatty(STDIN_FILENO) != 0);
  if (terminal) {
    start.terminal = terminal_size();
    add_variable("TERM", start);
  }
  for (const std::string& variable : words.variables) add_variable(variable, start);
  return start;
}

/// Says what has happened; the reason of a lost stream is said by others.
int finish_shell(const SessionOutcome& outcome) {
  using Of = SessionOutcome::Kind;
  switch (outcome.kind) {
    case Of::exited:
      return outcome.status;
    case Of::left:
      return outcome.status == 0 ? failed("left by ~.") : outcome.status;
    case Of::lost:
      return failed("the connection has ended before the program");
    case Of::malformed:
      return failed("what the other end says is no session: use the same version at both ends");
    case Of::not_answered:
      return kShellFailed;
    case Of::refused:
      break;
  }
  const auto& [reason, text] = outcome.refusal;
  if (reason == Reason::not_allowed)
    return failed(
        fmt::format("the other end does not allow shells: start it with {}", io::session::kAllowingOption));
  return failed(fmt::format("the other end has refused: {}", io::printable(text)));
}

SessionOutcome run_session(int socket, const std::string& first, const Start& start) {
  NearEnd end(socket, first, start, {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO});
  return end.run();
}

// ---- With a running process ----

int by_running_process(ChosenStream chosen, const Start& start) {
  const std::string path = chosen.client.path();
  auto [socket, first] = chosen.client.release();
  const SessionOutcome outcome = run_session(socket, first, start);
  const bool lost =
      outcome.kind == SessionOutcome::Kind::lost || outcome.kind == SessionOutcome::Kind::not_answered;
  if (lost) {
    auto client = control::Client::connect(path);
    if (!client) return failed("the running serialtcp has ended");
    const auto end = control::wait_for_end(*client, chosen.connection);
    print_problem(kShell, end ? end->text : end.error().text);
  }
  return finish_shell(outcome);
}

// ---- With a line of its own ----

bool may_be_line(const std::string& to) {
  return io::is_other_line(to) || to.find('/') != std::string::npos || io::is_character_device("/dev/" + to);
}

int by_own_line(const ShellWords& words, const Start& start) {
  std::vector<std::string> all = words.line_options;
  all.push_back(words.to);
  if (words.baud) all.push_back(*words.baud);
  std::vector<const char*> pointers;
  for (const std::string& word : all) pointers.push_back(word.c_str());
  const OwnLine line{.command = std::string(kShell),
                     .wanted = {{"session", {""}}},
                     .failed = kShellFailed,
                     .status = RunOptions::Joint::Status::of_process};
  return run_own_line(line, pointers, [&start](io::NativeHandle socket) {
    return finish_shell(run_session(socket, "", start));
  });
}

int run_shell(const ShellWords& words) {
  const Start start = start_of(words);
  if (!wire::session::fits(start))
    return failed(fmt::format("the command is longer than {} kB", wire::session::kMostPayload / 1024));
  if (words.no_input) {
    const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::dup2(null, STDIN_FILENO);
    ::close(null);
  }
  auto chosen =
      choose_stream({.text = "", .wanted = session_wanted(), .link = words.to, .control = words.control});
  if (chosen) return by_running_process(std::move(*chosen), start);
  if (!chosen.error().no_link || words.control) return failed(chosen.error().text);
  if (may_be_line(words.to)) return by_own_line(words, start);
  if (words.to.find('@') != std::string::npos)
    return failed(fmt::format(
        "'{}': programs run as the user that runs the other end: leave out what stands before the @",
        io::printable(words.to)));
  return failed(fmt::format("'{}' is no device, and {}", io::printable(words.to), chosen.error().text));
}

}  // namespace

int shell_command(std::span<const char* const> args) {
  const auto words = parse_shell_words(args);
  if (!words) {
    print_problem(kShell, words.error() + "\nTry 'serialtcp shell --help'.");
    return kShellFailed;
  }
  if (words->help) {
    std::fputs(std::string(kUsage).c_str(), stdout);
    return 0;
  }
  if (words->is_question) return 0;  // git asks so whether it may give ssh's options
  return run_shell(*words);
}

}  // namespace serialtcp::cli
