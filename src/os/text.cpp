// Decimal units, two significant digits below ten.
#include "os/text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

#include "os/utf8.h"

namespace serialtcp::io {

std::string format_size(std::uint64_t bytes) {
  static constexpr std::array kUnits = {"kB", "MB", "GB", "TB"};
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return value < 9.95 ? fmt::format("{:.1f} {}", value, kUnits[unit])
                      : fmt::format("{:.0f} {}", value, kUnits[unit]);
}

std::string counted(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string printable(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  while (!text.empty()) {
    const Character character = first_character(text);
    if (character.code && !is_control(*character.code)) {
      line += text.substr(0, character.size);
    } else {
      line += '?';
    }
    text.remove_prefix(character.size);
  }
  return line;
}

std::string service_label(const std::string& service) {
  return service.empty() ? "" : fmt::format("'{}' ", service);
}

std::optional<Duration> seconds_from_text(std::string_view text, std::chrono::seconds most) {
  double seconds = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seconds);
  const bool number = error == std::errc{} && stop == end;
  if (!number || !(seconds >= 0) || seconds > static_cast<double>(most.count())) return std::nullopt;
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

}  // namespace serialtcp::io
