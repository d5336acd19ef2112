#include "wire/kernel_message.h"

namespace serialtcp::wire {

namespace {

bool is_decimal(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

std::size_t kernel_message(std::string_view line) {
  for (std::size_t at = line.find('['); at != std::string_view::npos; at = line.find('[', at + 1)) {
    std::size_t i = at + 1;
    while (i < line.size() && line[i] == ' ') ++i;
    const std::size_t seconds = i;
    while (i < line.size() && is_decimal(line[i])) ++i;
    if (i == seconds || i >= line.size() || line[i] != '.') continue;
    const std::size_t fraction = ++i;
    while (i < line.size() && is_decimal(line[i])) ++i;
    if (i - fraction >= 3 && i < line.size() && line[i] == ']') return at;
  }
  return std::string_view::npos;
}

std::optional<Bytes> without_kernel_messages(ByteView body) {
  const std::string_view text(reinterpret_cast<const char*>(body.data()), body.size());
  Bytes rest;
  std::size_t done = 0;
  for (;;) {
    const std::size_t message = kernel_message(text.substr(done));
    if (message == std::string_view::npos) break;
    const std::size_t end = text.find('\n', done + message);
    if (end == std::string_view::npos) break;
    rest.insert(rest.end(), text.begin() + static_cast<std::ptrdiff_t>(done),
                text.begin() + static_cast<std::ptrdiff_t>(done + message));
    done = end + 1;
  }
  if (done == 0) return std::nullopt;
  rest.insert(rest.end(), text.begin() + static_cast<std::ptrdiff_t>(done), text.end());
  return rest;
}

}  // namespace serialtcp::wire
