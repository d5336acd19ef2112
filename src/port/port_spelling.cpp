#include "port/port_spelling.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace serialtcp::io {

namespace {

constexpr std::string_view kDigits = "0123456789";

bool are_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

}  // namespace

bool is_windows_port_name(std::string_view name) {
  std::string text = lower(name);
  if (text.starts_with("\\\\.\\")) text.erase(0, 4);
  if (text.ends_with(':')) text.pop_back();
  return text.starts_with("com") && are_digits(std::string_view(text).substr(3));
}

bool is_unix_port_name(std::string_view name) {
  static constexpr std::array<std::string_view, 4> kBeginnings = {"tty", "cu", "rfcomm", "serial"};
  if (name.find('/') != std::string_view::npos || name.empty() || !are_digits(name.substr(name.size() - 1)))
    return false;
  return std::ranges::any_of(kBeginnings,
                             [name](std::string_view beginning) { return name.starts_with(beginning); });
}

bool are_port_settings(std::string_view text) {
  if (text.starts_with('b')) text.remove_prefix(1);
  const std::size_t digits = std::min(text.find_first_not_of(kDigits), text.size());
  if (digits < 2) return false;  // 50 baud is the least
  return digits == text.size() ||
         std::string_view(",nNeEoOsSmM8").find(text[digits]) != std::string_view::npos;
}

std::string port_settings_as_words(std::string_view settings) {
  const bool letter_first = settings.starts_with('b');
  if (letter_first) settings.remove_prefix(1);
  const std::string_view speed = settings.substr(0, settings.find_first_not_of(kDigits));
  const bool more = !letter_first && speed.size() < settings.size();
  return fmt::format("{}{}", speed, more ? " (see --parity and --stopbits)" : "");
}

}  // namespace serialtcp::io
