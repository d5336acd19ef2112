// Parts of the values of an emulated cable's settings, from text.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "cli/cable_options.h"
#include "serialtcp/time.h"

namespace serialtcp::cli {

/// Bytes that one fault may hit at most.
inline constexpr std::uint32_t kMaxRun = 1'000'000;

/// A number and nothing else.
template <typename Number>
std::optional<Number> parse_value(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// From 0 to 1.
std::optional<double> parse_probability(std::string_view text);
/// From 0 to an hour, with fractions.
std::optional<Duration> parse_milliseconds(std::string_view text);

struct Pair {
  double probability = 0;
  std::string_view rest;
};

/// "P:REST"; a probability of 0 needs no rest.
std::optional<Pair> parse_pair(std::string_view text);

/// The error about such a value; `what` completes "give ...".
CableResult expected(std::string_view name, std::string_view value, std::string_view what);

}  // namespace serialtcp::cli
