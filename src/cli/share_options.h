// The words of `serialtcp share`: one row for each option. Opens nothing.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "share/share_config.h"

namespace serialtcp::cli {

struct ShareOption {
  std::string_view name;
  std::string_view value;  ///< what is expected, in capitals; empty for a flag
  std::string_view help;
  /// Whether it may be given several times.
  enum class Repeated : std::uint8_t { no, yes } repeated;
  /// Takes the value over. The error completes "argument X: ...".
  std::optional<std::string> (*put)(share::ShareConfig& config, const std::string& text);
};

/// In the order of --help.
std::span<const ShareOption> share_options();

/// `args[0]` is the command. The text of --help, or a mistake; the second one is a sentence.
struct ShareHelp {
  std::string text;
};
std::expected<share::ShareConfig, std::variant<ShareHelp, std::string>> parse_share_options(
    std::span<const char* const> args);

}  // namespace serialtcp::cli
