#include "cli/standard_error.h"

#include <ranges>
#include <string>

#include "os/terminal.h"
#include "os/text.h"

namespace serialtcp::cli {

void print_error(std::string_view text) {
  std::string line;
  for (const auto part : std::views::split(text, '\n')) line += io::printable(std::string_view(part)) + "\n";
  io::write_standard_error(line);
}

}  // namespace serialtcp::cli
