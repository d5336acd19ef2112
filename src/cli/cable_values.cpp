#include "cli/cable_values.h"

#include <fmt/format.h>

#include <cmath>

namespace serialtcp::cli {

namespace {

constexpr double kMaxMilliseconds = 3'600'000;

}  // namespace

std::optional<double> parse_probability(std::string_view text) {
  const auto number = parse_value<double>(text);
  return number && *number >= 0 && *number <= 1 ? number : std::nullopt;
}

std::optional<Duration> parse_milliseconds(std::string_view text) {
  const auto number = parse_value<double>(text);
  if (!number || !(*number >= 0 && *number <= kMaxMilliseconds)) return std::nullopt;
  return Duration{std::llround(*number * 1e6)};
}

std::optional<Pair> parse_pair(std::string_view text) {
  const std::size_t colon = text.find(':');
  const auto probability = parse_probability(text.substr(0, colon));
  if (!probability) return std::nullopt;
  if (colon == std::string_view::npos) return *probability == 0 ? std::optional(Pair{}) : std::nullopt;
  return Pair{*probability, text.substr(colon + 1)};
}

CableResult expected(std::string_view name, std::string_view value, std::string_view what) {
  return std::unexpected(fmt::format("{} cannot be \"{}\": give {}", name, value, what));
}

}  // namespace serialtcp::cli
