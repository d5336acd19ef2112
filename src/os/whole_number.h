// Decimal numbers that the system writes: numbers of processes and descriptors, in names and in the environment.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace serialtcp::io {

/// Empty unless all of `text` is one number that `Number` can hold.
template <std::integral Number>
std::optional<Number> whole_number(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

}  // namespace serialtcp::io
