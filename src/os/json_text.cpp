#include "os/json_text.h"

#include <fmt/format.h>

#include "os/utf8.h"

namespace serialtcp::io {

namespace {

std::string escaped(const Character& character, std::string_view bytes) {
  if (!character.code) return "\\ufffd";
  switch (*character.code) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      break;
  }
  // All of these are below U+10000, so one escape is enough.
  if (is_control(*character.code)) return fmt::format("\\u{:04x}", *character.code);
  return std::string(bytes);
}

}  // namespace

std::string json_string(std::string_view text, std::size_t most) {
  std::string result = "\"";
  while (!text.empty()) {
    const Character character = first_character(text);
    const std::string piece = escaped(character, text.substr(0, character.size));
    if (result.size() + piece.size() + 1 > most) break;
    result += piece;
    text.remove_prefix(character.size);
  }
  return result + '"';
}

}  // namespace serialtcp::io
