// The settings of a serial port, parsed from the command line or set by a client of a shared port. A link always has 8
// data bits.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace serialtcp::io {

enum class Parity : std::uint8_t { none, even, odd, space, mark };
enum class StopBits : std::uint8_t { one, one_and_a_half, two };
enum class FlowControl : std::uint8_t { none, rts_cts, xon_xoff };
enum class Pin : std::uint8_t { low, high };

/// How a driver switches an RS-485 transceiver, whose direction depends on RTS.
struct Rs485 {
  /// What drivers accept.
  static constexpr std::chrono::milliseconds kMaxDelay{100};

  /// RTS while it sends; at other times it is the opposite.
  Pin rts_on_send = Pin::high;
  std::chrono::milliseconds delay_before{0};
  std::chrono::milliseconds delay_after{0};
  enum class WhileSending : std::uint8_t { deaf, receives } receiver = WhileSending::deaf;

  bool operator==(const Rs485&) const = default;
};

struct SerialSettings {
  std::uint32_t baud = 115200;
  std::uint8_t data_bits = 8;  ///< 5 to 8
  Parity parity = Parity::none;
  StopBits stop_bits = StopBits::one;
  FlowControl flow_control = FlowControl::none;
  /// Of what is received, where it differs: `none` or `xon_xoff`. Hardware flow control is in both directions, or not.
  std::optional<FlowControl> inbound_flow = {};
  std::optional<Pin> rts = {};  ///< set when opened; empty: as the driver sets it
  std::optional<Pin> dtr = {};
  std::optional<Rs485> rs485 = {};  ///< empty: left as it is

  bool operator==(const SerialSettings&) const = default;
};

/// Bits that a byte takes on the line: start, data, parity, stop.
constexpr std::uint32_t bits_per_byte(const SerialSettings& settings) {
  return 1U + settings.data_bits + (settings.parity == Parity::none ? 0U : 1U) +
         (settings.stop_bits == StopBits::one ? 1U : 2U);
}

/// Bytes per second, at least 1.
constexpr std::uint64_t nominal_rate(const SerialSettings& settings) {
  const std::uint32_t rate = settings.baud / bits_per_byte(settings);
  return rate == 0 ? 1 : rate;
}

}  // namespace serialtcp::io
