// The words of `serialtcp console`: one row for each option. Opens nothing.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "console/console_config.h"

namespace serialtcp::cli {

struct ConsoleOption {
  std::string_view name;
  std::string_view value;  ///< what is expected, in capitals; empty for a flag
  std::string_view help;
  /// Takes the value over. The error completes "argument X: ...".
  std::optional<std::string> (*put)(console::ConsoleConfig& config, const std::string& text);
};

/// In the order of --help.
std::span<const ConsoleOption> console_options();

/// `args[0]` is the command. The text of --help, or a mistake; the second one is a sentence.
struct ConsoleHelp {
  std::string text;
};
std::expected<console::ConsoleConfig, std::variant<ConsoleHelp, std::string>> parse_console_options(
    std::span<const char* const> args);

}  // namespace serialtcp::cli
