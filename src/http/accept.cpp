#include "http/accept.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace serialtcp::http {

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

/// Takes the text before the separator, which is removed with it.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = trimmed(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

/// "0.5"; what is not a number from 0 to 1 counts as 0.
double quality(std::string_view text) {
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  const bool valid = error == std::errc{} && end == text.data() + text.size() && value >= 0 && value <= 1;
  return valid ? value : 0;
}

}  // namespace

double quality_of(std::string_view accept, std::string_view type) {
  double best = 0;
  while (!accept.empty()) {
    std::string_view one = take(accept, ',');
    if (!same(take(one, ';'), type)) continue;
    double value = 1;
    while (!one.empty()) {
      const std::string_view parameter = take(one, ';');
      if (parameter.size() > 2 && same(parameter.substr(0, 2), "q=")) value = quality(parameter.substr(2));
    }
    best = std::max(best, value);
  }
  return best;
}

}  // namespace serialtcp::http
