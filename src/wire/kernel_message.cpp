#include "wire/kernel_message.h"

#include <algorithm>

namespace serialtcp::wire {

namespace {

bool is_decimal(char c) {
  return c >= '0' && c <= '9';
}

/// "[   12.345678]", which begins at `at`.
bool is_time(std::string_view line, std::size_t at) {
  std::size_t i = at + 1;
  while (i < line.size() && line[i] == ' ') ++i;
  const std::size_t seconds = i;
  while (i < line.size() && is_decimal(line[i])) ++i;
  if (i == seconds || i >= line.size() || line[i] != '.') return false;
  const std::size_t fraction = ++i;
  while (i < line.size() && is_decimal(line[i])) ++i;
  return i - fraction >= 3 && i < line.size() && line[i] == ']';
}

bool is_of_text(char c) {
  const auto byte = static_cast<Byte>(c);
  constexpr Byte kDelete = 0x7F;
  return (byte >= ' ' && byte != kDelete) || c == '\t' || c == '\r';
}

}  // namespace

std::size_t kernel_message(std::string_view line) {
  for (std::size_t at = line.find('['); at != std::string_view::npos; at = line.find('[', at + 1)) {
    if (is_time(line, at)) return at;
  }
  return std::string_view::npos;
}

KernelMessage find_kernel_message(ByteView bytes, std::size_t from) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (std::size_t at = text.find('[', from); at != std::string_view::npos; at = text.find('[', at + 1)) {
    constexpr std::size_t kLongestTime = 24;
    if (!is_time(text.substr(0, std::min(text.size(), at + kLongestTime)), at)) continue;
    const std::string_view rest = text.substr(at, kMostOfKernelMessage);
    const auto end = std::ranges::find_if_not(rest, is_of_text);
    if (end == rest.end() || *end != '\n') continue;
    return {at, static_cast<std::size_t>(end - rest.begin()) + 1};
  }
  return {};
}

bool without_kernel_messages(ByteView bytes, Bytes& rest) {
  rest.clear();
  std::size_t from = 0;
  for (auto found = find_kernel_message(bytes); found.length > 0; found = find_kernel_message(bytes, from)) {
    rest.insert(rest.end(), bytes.begin() + static_cast<std::ptrdiff_t>(from),
                bytes.begin() + static_cast<std::ptrdiff_t>(found.begin));
    from = found.begin + found.length;
  }
  rest.insert(rest.end(), bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.end());
  return from > 0;
}

}  // namespace serialtcp::wire
