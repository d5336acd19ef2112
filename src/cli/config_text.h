// The text of a configuration file, as far as quotes, comments and lines decide what it is: what must not reach the
// TOML parser, and the statements into which a text that is not TOML is divided, so that each mistake is found. Knows no
// option.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/config_syntax.h"

namespace serialtcp::cli {

/// The first character that TOML does not allow where it stands; toml++ 3.3 ends the program, or worse, at
/// some of them: control characters, and others than ASCII outside of quotes and comments.
std::optional<Place> stray_character(std::string_view text);

/// The first place where keys have more parts, or brackets are nested deeper, than any configuration needs;
/// toml++ calls itself once for each when it gives the memory back, and a million of them end the program.
std::optional<Place> too_deep(std::string_view text);

/// A header, or a key with its value, with the lines that belong to it.
struct Statement {
  std::uint32_t line = 1;  ///< of its beginning
  std::size_t begin = 0;   ///< of its text in the file
  std::size_t size = 0;    ///< whole lines
};

/// All of a text, in order. What has no end (a quote, a bracket) ends where the next statement seems to begin.
std::vector<Statement> statements_of(std::string_view text);

bool is_header(std::string_view statement);
/// What stands before the equals sign; empty if there is none.
std::string_view key_of(std::string_view statement);

/// What a user may have forgotten in a statement that is not TOML.
enum class Forgotten : std::uint8_t { nothing, quotes, closing_quote, closing_bracket };
Forgotten forgotten_in(std::string_view statement);

}  // namespace serialtcp::cli
