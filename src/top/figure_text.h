// Figures in a few characters, for columns.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace serialtcp::top {

/// "0", "999", "1.2k", "34M": up to 4 characters, decimal units.
std::string short_number(double number);
/// "0.4ms", "12ms", "1.2s", "15s", "2m", "3h": up to 5 characters; "-" if it is not known.
std::string short_span(std::optional<double> seconds);
/// "59s", "12m", "2h05", "3d": up to 5 characters.
std::string short_age(std::optional<double> seconds);
/// "78%": up to 4 characters; "-" if `whole` is 0.
std::string share(double part, double whole);
/// "0", "0.4%", "12%": up to 4 characters; "-" if it is not known.
std::string short_part(std::optional<double> part);
/// "####      " of this width.
std::string bar(double part, double whole, std::size_t width);

}  // namespace serialtcp::top
