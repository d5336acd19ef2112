// Uart: what one end's port makes of the speed that its program asks for: its driver refuses it, takes another one and
// says so, or divides wrongly and does not; and the error of its clock. A value; it does not know a port.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/line_settings.h"

namespace serialtcp::sim {

/// What a driver does with the speeds from `first` to `last`, both included.
struct SpeedRule {
  enum class Then : std::uint8_t {
    refuses,  ///< the speed stays as it was, and the program finds that
    takes,    ///< `speed` instead, and the program finds that
    divides,  ///< wrongly: the program finds what it asked for, and the line has `speed`
  };

  std::uint32_t first = 0;
  std::uint32_t last = 0;
  Then then = Then::refuses;
  std::uint32_t speed = 0;  ///< not of `refuses`; not 0, at most kMaxBaud

  bool operator==(const SpeedRule&) const = default;
};

struct Uart {
  /// More than any UART is wrong by; in parts per million.
  static constexpr std::int32_t kMaxClockError = 200'000;

  std::int32_t clock_error =
      0;  ///< positive: its clock is too fast; in parts per million, up to kMaxClockError
  std::vector<SpeedRule> rules = {};  ///< the first one that has a speed counts

  /// What the driver has, and says that it has, when a program asks for `asked` and it had `before`.
  std::uint32_t taken(std::uint32_t asked, std::uint32_t before) const;
  /// The speed that is on the line, to a baud, when the driver says that it has `taken`. 0 (no limit) stays 0.
  std::uint32_t real(std::uint32_t taken) const;
  LineSettings real(const LineSettings& taken) const;

  bool operator==(const Uart&) const = default;
};

}  // namespace serialtcp::sim
