#include "wire/kernel_message.h"

namespace serialtcp::wire {

namespace {

bool is_decimal(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

std::size_t kernel_message(std::string_view line) {
  for (std::size_t at = line.find('['); at != std::string_view::npos; at = line.find('[', at + 1)) {
    std::size_t i = at + 1;
    while (i < line.size() && line[i] == ' ') ++i;
    const std::size_t seconds = i;
    while (i < line.size() && is_decimal(line[i])) ++i;
    if (i == seconds || i >= line.size() || line[i] != '.') continue;
    const std::size_t fraction = ++i;
    while (i < line.size() && is_decimal(line[i])) ++i;
    if (i - fraction >= 3 && i < line.size() && line[i] == ']') return at;
  }
  return std::string_view::npos;
}

}  // namespace serialtcp::wire
