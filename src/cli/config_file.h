// The configuration file: the options of the command line, for several cables. Reads and checks it, and
// reports every mistake with its place.
#pragma once

#include <cstddef>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/config_syntax.h"
#include "cli/control_choice.h"
#include "cli/link_options.h"
#include "cli/table_options.h"
#include "net/target.h"

namespace serialtcp::cli {

/// What a table says, judged.
struct Table {
  PlacedTable placed = {};  ///< without a file, only its kind
  std::shared_ptr<const TableOptions> options = {};
};

struct Configuration {
  /// At least one link or other table; no two have the same name, device or listening address.
  std::vector<LinkOptions> links = {};
  std::vector<Table> tables = {};  ///< all others
  std::optional<std::string> log_file = {};
  ControlChoice control = {};
  std::optional<io::Target> http = {};
  LogStyle log_style = {};
  RunOptions::Start start = RunOptions::Start::degraded;

  /// Where all of that stands in the file: for each link, and for what is above them. Empty without a file.
  std::vector<PlacedTable> placed = {};
  std::map<std::string, Place, std::less<>> places = {};
};

/// The largest file that is read, in bytes.
inline constexpr std::size_t kMaxConfigSize = 1024 * 1024;
/// At most this many mistakes are reported.
inline constexpr std::size_t kMaxMistakesTold = 20;

/// The mistakes are in the order of their places; at least one.
std::expected<Configuration, std::vector<ConfigMistake>> parse_config(std::string_view text);

/// The error has a line for each mistake, "FILE:LINE:COLUMN: ...", or "FILE: ..." where there is no place in
/// the file. There is no newline after the last one.
std::expected<Configuration, std::string> read_config(const std::string& path);

/// "FILE:LINE:COLUMN: ..." for each, up to kMaxMistakesTold; without a newline after the last one.
std::string placed_lines(const std::string& path, const std::vector<ConfigMistake>& mistakes);

/// The same while links are running: does not wait for the writer of a pipe.
std::expected<Configuration, std::string> read_config_again(const std::string& path);

}  // namespace serialtcp::cli
