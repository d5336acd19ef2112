#include "share/transcript.h"

#include <fmt/format.h>

#include <algorithm>

namespace serialtcp::share {

std::string Transcript::add(Way way, ByteView bytes, std::string_view time) {
  if (way == Way::written && !style_.written) return {};
  std::string_view rest(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!shows_lines()) return std::string(rest);
  std::string text;
  if (way != way_ && !at_begin_) {
    text += '\n';
    at_begin_ = true;
  }
  way_ = way;
  while (!rest.empty()) {
    if (at_begin_ && style_.times) text += fmt::format("{} ", time);
    if (at_begin_ && style_.written) text += way == Way::received ? "< " : "> ";
    const std::size_t end = rest.find('\n');
    const std::size_t size = end == std::string_view::npos ? rest.size() : end + 1;
    text += rest.substr(0, size);
    at_begin_ = end != std::string_view::npos;
    rest.remove_prefix(size);
  }
  return text;
}

}  // namespace serialtcp::share
