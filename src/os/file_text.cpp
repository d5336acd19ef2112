#include "os/file_text.h"

#include <algorithm>

namespace serialtcp::io {

std::string file_text(const std::string& path, std::size_t most) {
  std::string text;
  add_file_text(path, most, text);
  return text;
}

std::expected<std::string, int> whole_file_text(const std::string& path, std::size_t most) {
  std::string text;
  if (const int error = add_file_text(path, most, text)) return std::unexpected(error);
  return text;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::string_view take_word(std::string_view& text) {
  constexpr std::string_view kBlanks = " \t\n\v\f\r";
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
  text.remove_prefix(word.size());
  return word;
}

}  // namespace serialtcp::io
