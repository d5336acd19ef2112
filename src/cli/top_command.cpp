#include "cli/top_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <expected>
#include <string>
#include <string_view>

#include "cli/log_style.h"
#include "cli/run.h"
#include "cli/running_processes.h"
#include "cli/status_table.h"
#include "os/environment.h"
#include "os/terminal.h"
#include "os/text.h"
#include "os/whole_number.h"
#include "top/top.h"

namespace serialtcp::cli {

namespace {

constexpr std::chrono::seconds kMaxInterval{3600};
constexpr std::chrono::milliseconds kMinInterval{100};
/// Of lines for a file or another program.
constexpr std::size_t kLineWidth = 132;

constexpr ControlUsage kTopUsage{
    .name = "top",
    .positional = "[NAME]",
    .most = 1,
    .description =
        "Shows the links of all serialtcp processes of this user, and their connections, on the whole screen;\n"
        "with NAME, only the link that is called so. q quits, h lists the keys.\n"
        "  -d SECONDS      ask so often (default: 1)\n"
        "  -n N            end after N times\n"
        "  -b              print lines, for files and other programs\n"
        "  --control PATH  ask the process that listens there, and no other\n"
        "Exit status: 0 ended by a key or after N times; 1 no terminal, or nothing to print; 2 wrong usage\n",
    .options = "[-d SECONDS] [-n N] [-b]"};

/// As the user writes them.
struct TopWords {
  std::optional<std::string> interval = {};
  std::optional<std::string> rounds = {};
  bool lines = false;
};

/// The first of these variables that is set counts (setlocale(3)).
top::Letters letters_of_locale() {
  for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string locale = io::environment_text(name);
    if (locale.empty()) continue;
    for (const std::string_view utf8 : {"UTF-8", "utf8", "UTF8", "utf-8"}) {
      if (locale.find(utf8) != std::string::npos) return top::Letters::utf8;
    }
    return top::Letters::ascii;
  }
  return top::Letters::ascii;
}

std::expected<top::Settings, std::string> settings_of(const ControlWords& common, const TopWords& words) {
  top::Settings settings{.control = common.control, .letters = letters_of_locale()};
  if (!common.positional.empty()) settings.link = common.positional.front();
  settings.palette =
      io::shows_colours(io::StandardStream::output) ? top::Palette::coloured : top::Palette::monochrome;
  if (words.interval) {
    const auto interval = io::seconds_from_text(*words.interval, kMaxInterval);
    if (!interval || *interval < kMinInterval)
      return std::unexpected(fmt::format("-d {}: a number of seconds from 0.1 to {} is expected",
                                         *words.interval, kMaxInterval.count()));
    settings.interval = *interval;
  }
  if (words.rounds) {
    settings.rounds = io::whole_number<std::uint64_t>(*words.rounds);
    if (!settings.rounds.value_or(0))
      return std::unexpected(fmt::format("-n {}: a number from 1 on is expected", *words.rounds));
  }
  return settings;
}

/// Why the terminal will not do; empty if it will.
std::string no_screen() {
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0)
    return "standard input and output are not a terminal";
  const std::string terminal = io::environment_text("TERM");
  if (terminal.empty()) return "TERM is not set";
  return terminal == "dumb" ? "this terminal (TERM=dumb) has no cursor to move" : "";
}

top::Result show_on_screen(const top::Settings& settings) {
  top::Result result{.problem = no_screen()};
  if (result.problem.empty()) result = top::run_on_terminal(settings);
  if (!result.problem.empty()) result.problem += ": use serialtcp status, or serialtcp top -b";
  return result;
}

int finish(const top::Result& result) {
  if (!result.problem.empty()) {
    print_problem(kTopUsage.name, result.problem);
    return kExitCannotOpen;
  }
  if (!result.signal) return kExitOk;
  // So that whoever has started it sees that a signal has ended it.
  std::signal(*result.signal, SIG_DFL);
  std::raise(*result.signal);
  return kExitSignal + *result.signal;
}

}  // namespace

int top_command(std::span<const char* const> args) {
  TopWords words;
  const auto common = parse_control_words(kTopUsage, args, [&words](CommandWords& all) {
    all.add_text("-d", "SECONDS", "", words.interval);
    all.add_text("-n", "TIMES", "", words.rounds);
    all.add_flag("-b", "", words.lines);
  });
  if (!common) return common.error();
  const auto settings = settings_of(*common, words);
  if (!settings) {
    print_problem(kTopUsage.name, settings.error());
    return kExitUsage;
  }
  if (words.lines) {
    const std::size_t width = ::isatty(STDOUT_FILENO) != 0 ? terminal_width() : kLineWidth;
    return finish(top::run_in_lines(*settings, width));
  }
  return finish(show_on_screen(*settings));
}

}  // namespace serialtcp::cli
