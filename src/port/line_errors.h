// How many errors the driver of a serial device has seen on the line.
#pragma once

#include <cstdint>
#include <optional>

namespace serialtcp::io {

struct LineErrors {
  std::uint32_t overruns = 0;
  std::uint32_t parity = 0;
  std::uint32_t framing = 0;
  std::uint32_t breaks = 0;

  bool operator==(const LineErrors&) const = default;
};

/// Empty if the driver does not count them.
std::optional<LineErrors> line_errors_of(int fd);

}  // namespace serialtcp::io
