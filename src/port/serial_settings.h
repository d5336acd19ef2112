// The settings of a serial port, parsed from the command line. Always 8 data bits.
#pragma once

#include <cstdint>
#include <optional>

namespace serialtcp::io {

enum class Parity : std::uint8_t { none, even, odd, space, mark };
enum class StopBits : std::uint8_t { one, one_and_a_half, two };
enum class FlowControl : std::uint8_t { none, rts_cts, xon_xoff };
enum class Pin : std::uint8_t { low, high };

struct SerialSettings {
  std::uint32_t baud = 115200;
  Parity parity = Parity::none;
  StopBits stop_bits = StopBits::one;
  FlowControl flow_control = FlowControl::none;
  std::optional<Pin> rts = {};  ///< set when opened; empty: as the driver sets it
  std::optional<Pin> dtr = {};

  bool operator==(const SerialSettings&) const = default;
};

/// Bits that a byte takes on the line: start, data, parity, stop.
constexpr std::uint32_t bits_per_byte(const SerialSettings& settings) {
  return 1 + 8 + (settings.parity == Parity::none ? 0U : 1U) +
         (settings.stop_bits == StopBits::one ? 1U : 2U);
}

/// Bytes per second, at least 1.
constexpr std::uint64_t nominal_rate(const SerialSettings& settings) {
  const std::uint32_t rate = settings.baud / bits_per_byte(settings);
  return rate == 0 ? 1 : rate;
}

}  // namespace serialtcp::io
