// `serialtcp top` on a terminal, and line by line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "serialtcp/time.h"
#include "top/screen.h"

namespace serialtcp::top {

struct Settings {
  std::string link = {};                    ///< only this one; empty: all
  std::optional<std::string> control = {};  ///< only the process that listens there
  Duration interval = std::chrono::seconds(1);
  std::optional<std::uint64_t> rounds = {};  ///< ends after so many
  Palette palette = Palette::coloured;
  Letters letters = Letters::utf8;
};

/// Why there is no terminal, or nothing; and the signal that has ended it.
struct Result {
  std::string problem = {};
  std::optional<int> signal = {};
};

/// Until the user ends it.
Result run_on_terminal(const Settings& settings);
/// Prints everything once in each interval, for scripts. `width` is that of its lines.
Result run_in_lines(const Settings& settings, std::size_t width);

}  // namespace serialtcp::top
