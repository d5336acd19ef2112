#include "port/serial_text.h"

#include <fmt/format.h>

namespace serialtcp::io {

bool is_another_speed(std::uint32_t chosen, std::uint32_t wanted) {
  // With a larger difference, a receiver samples the last bits of a byte at the wrong time.
  constexpr double kToleratedSpeedError = 0.02;
  const double error = (static_cast<double>(chosen) - wanted) / wanted;
  return error > kToleratedSpeedError || error < -kToleratedSpeedError;
}

std::string another_speed_warning(std::string_view name, std::uint32_t wanted, std::uint32_t chosen) {
  return fmt::format("WARNING: {} cannot do {} baud, its driver chose {}: use a speed that both ends can do",
                     name, wanted, chosen);
}

std::string xon_xoff_note(std::string_view name) {
  return fmt::format(
      "with software flow control, the driver of {} takes the bytes 11 and 13 hex out of the line. Both ends escape them "
      "once the link is up; a version 2.0.0 at the other end does not. Use --rtscts if the cable has the wires",
      name);
}

std::string settings_text(std::uint32_t speed, const SerialSettings& settings) {
  static constexpr std::string_view kParities = "NEOSM";
  const std::string_view stop = settings.stop_bits == StopBits::one   ? "1"
                                : settings.stop_bits == StopBits::two ? "2"
                                                                      : "1.5";
  const std::string_view flow = settings.flow_control == FlowControl::rts_cts    ? ", RTS/CTS"
                                : settings.flow_control == FlowControl::xon_xoff ? ", XON/XOFF"
                                                                                 : "";
  return fmt::format("{} {}{}{}{}", speed, settings.data_bits,
                     kParities[static_cast<std::size_t>(settings.parity)], stop, flow);
}

}  // namespace serialtcp::io
