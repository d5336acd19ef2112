// How many errors the driver of a serial device has seen on the line.
#pragma once

#include <cstdint>

namespace serialtcp::io {

struct LineErrors {
  std::uint32_t overruns = 0;
  std::uint32_t parity = 0;
  std::uint32_t framing = 0;
  std::uint32_t breaks = 0;

  bool operator==(const LineErrors&) const = default;
};

}  // namespace serialtcp::io
