// Decimal units, two significant digits below ten.
#include "io/text.h"

#include <fmt/format.h>

#include <array>

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

std::string service_label(const std::string& service) {
  return service.empty() ? "" : fmt::format("'{}' ", service);
}

}  // namespace serialtcp::io
