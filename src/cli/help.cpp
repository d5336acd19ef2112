// The text of --help: one screen, made from the option table.
#include <fmt/format.h>

#include <algorithm>

#include "cli/option_table.h"

namespace serialtcp::cli {

namespace {

constexpr std::size_t kColumn = 29;
constexpr std::size_t kWidth = 80;

constexpr std::string_view kBeginning =
    R"(usage: serialtcp {-s | -c | -L | -R | -D | --allow} WHERE... [OPTION]...
                 SERIALPORT [BAUDRATE]

Makes network services reachable through a serial cable. One at each end:
  serialtcp --server 1234 /dev/ttyUSB0            connect to localhost:1234 here
  serialtcp --client 192.168.0.1:22 /dev/ttyUSB0  to reach 192.168.0.1:22 there

)";

constexpr std::string_view kEnd = R"(
Exit status: 0 ended by Ctrl-C, SIGTERM or SIGHUP; 1 the port, the listening
address or the log cannot be used; 2 wrong usage, or no link within
--sync-timeout; 128 + N ended at once by a second signal N. More: man serialtcp
Other commands: serialtcp cable A B (emulates a cable), serialtcp keygen FILE,
serialtcp status [NAME], serialtcp close NAME#N, serialtcp reload
)";

std::string head(const Option& option) {
  if (option.stands == Stands::by_position) return fmt::format("  {}", option.argument);
  const std::string letter = option.letter != 0 ? fmt::format("-{}, ", option.letter) : "";
  const std::string_view blank = option.is_flag() ? "" : " ";
  return fmt::format("  {}{}{}{}", letter, spelling(option), blank, option.argument);
}

/// The help in the second column, or closer behind a long head, or below it.
std::string line(const Option& option) {
  const std::string text = head(option);
  const std::size_t column = std::max(kColumn, text.size() + 2);
  if (column + option.help.size() <= kWidth) return fmt::format("{:<{}}{}\n", text, column, option.help);
  return fmt::format("{}\n{:{}}{}\n", text, "", kColumn, option.help);
}

}  // namespace

std::string help_text() {
  std::string text(kBeginning);
  for (const Option& option : option_table()) {
    if (option.stands == Stands::anywhere || option.stands == Stands::by_position) text += line(option);
  }
  return text + std::string(kEnd);
}

}  // namespace serialtcp::cli
