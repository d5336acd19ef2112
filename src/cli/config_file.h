// The configuration file: what the command line can say, for several cables. Read, judged, and every mistake
// told with its place.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/config_syntax.h"
#include "cli/link_options.h"

namespace serialtcp::cli {

struct Configuration {
  std::vector<LinkOptions> links =
      {};  ///< at least one; names, devices and listening places are each one's own
  std::optional<std::string> log_file = {};
  LogStyle log_style = {};

  bool operator==(const Configuration&) const = default;
};

/// What the command line says goes before what the file says.
LogStyle log_style(const RunOptions& options, const Configuration& config);

/// More is not a configuration, and would be read for nothing.
inline constexpr std::size_t kMaxConfigSize = 1024 * 1024;
/// Of more mistakes, the first are told.
inline constexpr std::size_t kMaxMistakesTold = 20;

/// The mistakes are in the order of their places; at least one.
std::expected<Configuration, std::vector<ConfigMistake>> parse_config(std::string_view text);

/// The error is what is wrong, a line each, without an end of line behind the last: "FILE:LINE:COLUMN: ...",
/// or "FILE: ..." where there is no place in it.
std::expected<Configuration, std::string> read_config(const std::string& path);

/// The same while links are running: does not wait for whoever writes a pipe.
std::expected<Configuration, std::string> read_config_again(const std::string& path);

}  // namespace serialtcp::cli
