// LineSettings: the settings of a serial port, and the duration of a character with these. A value; it does
// not know a port.
#pragma once

#include <cstdint>

#include "serialtcp/time.h"

namespace serialtcp::sim {

enum class Parity : std::uint8_t { none, even, odd, mark, space };
enum class StopBits : std::uint8_t { one, one_and_a_half, two };

struct LineSettings {
  std::uint32_t baud = 115200;  ///< bits per second; 0 = no limit: characters take no time. Limit: kMaxBaud
  std::uint8_t data_bits = 8;   ///< 5 .. 8
  Parity parity = Parity::none;
  StopBits stop_bits = StopBits::one;

  bool operator==(const LineSettings&) const = default;
};

/// Above any UART (USB adapters reach 12 Mbaud), and low enough for the arithmetic of character_time() in 64
/// bits.
inline constexpr std::uint32_t kMaxBaud = 100'000'000;

/// Start, data, parity and stop bits of one character, in half bits (one and a half stop bits are 3).
std::uint32_t half_bits_per_character(const LineSettings& settings);

/// The duration of this many characters without gaps, rounded up to a nanosecond. At most 2^20 characters.
Duration character_time(const LineSettings& settings, std::uint64_t characters);

/// The number of characters that are complete this long after the first one began, at most `limit` (at most
/// 2^20).
std::uint64_t characters_within(const LineSettings& settings, Duration elapsed, std::uint64_t limit);

/// Whether a receiver with these settings receives exactly what that sender sends. Speeds may differ by 4 %:
/// at 5 % the last bit of a character is sampled at its edge. The number of stop bits does not matter, since
/// a receiver checks only the first one.
bool understands(const LineSettings& receiver, const LineSettings& sender);

/// The probability that a bit arrives as the opposite over a cable that can do `limit` bits per second (0: any speed):
/// none up to the limit, then more and more. 10 % above it, one byte in 2,900 is hit; at 1.5 times the limit, one in 17;
/// at twice the limit, one in 4.
double bit_loss(std::uint32_t baud, std::uint32_t limit);

}  // namespace serialtcp::sim
