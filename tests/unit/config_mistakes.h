// The mistakes of a configuration, as text.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/config_file.h"

namespace serialtcp::cli {

/// "LINE:COLUMN: what", a line each.
inline std::string mistakes(std::string_view text) {
  const auto config = parse_config(text);
  if (config) return "(none)";
  std::string lines;
  for (const auto& [place, what] : config.error()) {
    lines += fmt::format("{}{}:{}: {}", lines.empty() ? "" : "\n", place.line, place.column, what);
  }
  return lines;
}

/// The mistakes of a link that would be correct without this line, which is the fourth.
inline std::string mistakes_of_line(std::string_view line) {
  return mistakes(fmt::format("[[link]]\nport = \"/dev/a\"\nserver = 2222\n{}\n", line));
}

/// Of all mistakes.
inline std::vector<std::uint32_t> lines_of(std::string_view text) {
  std::vector<std::uint32_t> lines;
  const auto parsed = parse_config(text);
  if (parsed) return lines;
  for (const ConfigMistake& mistake : parsed.error()) lines.push_back(mistake.place.line);
  return lines;
}

}  // namespace serialtcp::cli
