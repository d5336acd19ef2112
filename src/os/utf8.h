// UTF-8, one character at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace serialtcp::io {

/// A character of UTF-8, or a byte that is not part of one.
struct Character {
  std::size_t size = 1;
  std::optional<std::uint32_t> code = {};
};

/// By RFC 3629: no longer than necessary, no surrogates, at most U+10FFFF. `text` must not be empty.
Character first_character(std::string_view text);

/// What a terminal might take for more than text: C0, DEL, C1, line separators, direction marks.
bool is_control(std::uint32_t code);

}  // namespace serialtcp::io
