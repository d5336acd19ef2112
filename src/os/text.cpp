// Decimal units, two significant digits below ten.
#include "os/text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

namespace serialtcp::io {

namespace {

/// A character of UTF-8, or a byte that is not part of one.
struct Character {
  std::size_t size = 1;
  std::optional<std::uint32_t> code = {};
};

/// By RFC 3629: no longer than necessary, no surrogates, at most U+10FFFF. `text` must not be empty.
Character first_character(std::string_view text) {
  constexpr std::array<std::uint32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  constexpr std::uint32_t kGreatest = 0x10FFFF;
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return {1, first};
  const std::size_t size = first >= 0xF8 ? 0 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 0;
  if (size == 0 || size > text.size()) return {};
  std::uint32_t code = first & (0x7FU >> size);
  for (const char c : text.substr(1, size - 1)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) != 0x80) return {};
    code = code << 6U | (byte & 0x3FU);
  }
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kLeast.at(size) || code > kGreatest || surrogate) return {};
  return {size, code};
}

bool is_control(std::uint32_t code) {
  const bool c0_or_c1 = code < 0x20 || (code >= 0x7F && code < 0xA0);
  const bool line_end = code == 0x2028 || code == 0x2029;
  const bool direction = code == 0x200E || code == 0x200F || code == 0x061C ||
                         (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
  return c0_or_c1 || line_end || direction;
}

}  // namespace

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
