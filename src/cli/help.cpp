// The text of --help: one screen, made from the option table.
#include <fmt/format.h>

#include <algorithm>

#include "cli/edition.h"
#include "cli/help.h"
#include "cli/option_table.h"

namespace serialtcp::cli {

namespace {

constexpr std::size_t kColumn = 29;
constexpr std::size_t kWidth = 80;

constexpr std::string_view kBeginning =
    R"(usage: serialtcp {{{}}} WHERE... [OPTION]...
                 SERIALPORT [BAUDRATE]
Makes network services reachable through a serial cable. One at each end:
  {:<46}  connect to localhost:1234 here
  {:<46}  to reach 192.168.0.1:22 there

)";

constexpr std::string_view kEnd = R"(
Exit status: 0 {}, 1 cannot start, 2 usage or no link.{}
{}
)";

std::string head(const Option& option) {
  if (option.stands == Stands::by_position) return fmt::format("  {}", option.argument);
  const std::string letter = option.letter != 0 ? fmt::format("-{}, ", option.letter) : "";
  const std::string_view blank = option.is_flag() || !option.alone.empty() ? "" : " ";
  return fmt::format("  {}{}{}{}", letter, spelling(option), blank, option.argument);
}

/// In lines of this width that end with a comma.
std::string wrapped(std::string_view list, std::size_t width, std::size_t indent) {
  std::string text;
  while (list.size() > width) {
    const std::size_t comma = list.rfind(", ", width - 1);
    if (comma == std::string_view::npos) break;
    text += fmt::format("{}\n{:{}}", list.substr(0, comma + 1), "", indent);
    list.remove_prefix(comma + 2);
  }
  return text + std::string(list);
}

/// The help text in the second column, or closer after a long head, or below it.
std::string line(const std::string& head, std::string_view help) {
  const std::size_t column = std::max(kColumn, head.size() + 2);
  const std::size_t width = kWidth - kColumn;
  if (head.size() + 2 <= kColumn && help.size() > width)
    return fmt::format("{:<{}}{}\n", head, kColumn, wrapped(help, width, kColumn));
  if (column + help.size() <= kWidth) return fmt::format("{:<{}}{}\n", head, column, help);
  return fmt::format("{}\n{:{}}{}\n", head, "", kColumn, help);
}

}  // namespace

std::string option_lines(OptionTable table) {
  std::string text;
  std::string heads;  // of neighbours that have the same help
  std::string_view help;
  for (const Option& option : table) {
    if (option.stands != Stands::anywhere && option.stands != Stands::by_position) continue;
    if (!heads.empty() && option.help == help) {
      heads += "," + head(option).substr(1);
      continue;
    }
    if (!heads.empty()) text += line(heads, help);
    heads = head(option);
    help = option.help;
  }
  return text + line(heads, help);
}

std::string help_text() {
  const Wording& wording = edition().wording;
  const std::string server = fmt::format("serialtcp --server 1234 {}", wording.port);
  const std::string client = fmt::format("serialtcp --client 192.168.0.1:22 {}", wording.port);
  return fmt::format(kBeginning, edition().ways, server, client) + option_lines(option_table()) +
         fmt::format(kEnd, wording.end, wording.manual ? " More: man serialtcp" : "", edition().more_in_help);
}

std::string where_to_read(std::string_view command) {
  const std::string word = command.empty() ? "" : fmt::format(" {}", command);
  const std::string page = command.empty() ? "" : fmt::format("-{}", command);
  const std::string manual = edition().wording.manual ? fmt::format(", or 'man serialtcp{}'", page) : "";
  return fmt::format("Try 'serialtcp{} --help'{}.", word, manual);
}

std::string more_in_manual(std::string_view command) {
  return edition().wording.manual ? fmt::format("\nMore: man serialtcp-{}\n", command) : "";
}

}  // namespace serialtcp::cli
