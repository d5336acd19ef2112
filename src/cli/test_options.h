// The words of `serialtcp test`: one row for each option. Opens nothing.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "doctor/examination.h"

namespace serialtcp::cli {

/// What the user wants of `serialtcp test`.
struct TestConfig {
  doctor::Wish wish = {};
  std::optional<std::string> key_file = {};
  bool json = false;
};

struct TestOption {
  std::string_view name;
  std::string_view value;  ///< what is expected, in capitals; empty for a flag
  std::string_view help;
  /// Takes the value over. The error completes "argument X: ...".
  std::optional<std::string> (*put)(TestConfig& config, const std::string& text);
};

/// In the order of --help.
std::span<const TestOption> test_options();

/// `args[0]` is the command. The text of --help, or a mistake; the second one is a sentence.
struct TestHelp {
  std::string text;
};
std::expected<TestConfig, std::variant<TestHelp, std::string>> parse_test_options(
    std::span<const char* const> args);

}  // namespace serialtcp::cli
