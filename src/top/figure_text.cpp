#include "top/figure_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace serialtcp::top {

namespace {

constexpr double kMinute = 60, kHour = 3600, kDay = 86400;
/// Also of what is not a number.
double at_most(double value, double most) {
  return value >= 0 ? std::min(value, most) : 0;
}

}  // namespace

std::string short_number(double number) {
  static constexpr std::array kUnits = {"", "k", "M", "G", "T", "P", "E"};
  double value = at_most(number, 9e20);
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  const int digits = unit > 0 && value < 9.95 ? 1 : 0;
  return fmt::format("{:.{}f}{}", value, digits, kUnits.at(unit));
}

std::string short_span(std::optional<double> seconds) {
  if (!seconds) return "-";
  const double value = at_most(*seconds, 999 * kHour);
  if (value < 0.00995) return fmt::format("{:.1f}ms", value * 1000);
  if (value < 0.9995) return fmt::format("{:.0f}ms", value * 1000);
  if (value < 9.95) return fmt::format("{:.1f}s", value);
  if (value < 99.5) return fmt::format("{:.0f}s", value);
  if (value < 99 * kMinute) return fmt::format("{:.0f}m", value / kMinute);
  return fmt::format("{:.0f}h", value / kHour);
}

std::string short_age(std::optional<double> seconds) {
  if (!seconds) return "-";
  const double value = std::floor(at_most(*seconds, 999 * kDay));
  if (value < kMinute) return fmt::format("{:.0f}s", value);
  if (value < kHour) return fmt::format("{:.0f}m", std::floor(value / kMinute));
  if (value < kDay)
    return fmt::format("{:.0f}h{:02.0f}", std::floor(value / kHour),
                       std::floor(std::fmod(value, kHour) / kMinute));
  return fmt::format("{:.0f}d", std::floor(value / kDay));
}

std::string share(double part, double whole) {
  if (!(whole > 0)) return "-";
  return fmt::format("{:.0f}%", at_most(part / whole * 100, 999));
}

std::string short_part(std::optional<double> part) {
  if (!part) return "-";
  const double percent = at_most(*part, 1) * 100;
  if (percent == 0) return "0";
  return fmt::format("{:.{}f}%", percent, percent < 9.95 ? 1 : 0);
}

std::string bar(double part, double whole, std::size_t width) {
  const double full = whole > 0 ? at_most(part / whole, 1) : 0;
  const auto filled = static_cast<std::size_t>(std::lround(full * static_cast<double>(width)));
  return std::string(filled, '#') + std::string(width - filled, ' ');
}

}  // namespace serialtcp::top
