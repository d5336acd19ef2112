// What is true of a port, as values, and what of it is a fault. Asks nothing itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "doctor/finding.h"
#include "port/device_hardware.h"
#include "port/line_errors.h"
#include "port/modem_lines.h"
#include "port/port_holder.h"
#include "port/serial_settings.h"

namespace serialtcp::doctor {

/// From outside, without opening it.
struct PortOutside {
  std::string name;  ///< as the user wrote it
  std::string by_id = {};
  io::Hardware parts = {};
  std::string chip = {};  ///< of a UART: "16550A"
  std::vector<io::Holder> holders = {};
  std::optional<unsigned> latency = {};  ///< of an adapter's timer, in milliseconds
};

Findings judge_outside(const PortOutside& port);

/// While it is open.
struct PortInside {
  std::string opened_as;                 ///< Line::opened_as()
  std::vector<std::string> notes = {};   ///< what opening it has reported; warnings begin with "WARNING: "
  std::optional<unsigned> latency = {};  ///< of an adapter's timer, now
  std::optional<io::ModemLines> pins = {};
  std::optional<io::LineErrors> errors = {};  ///< since the system was started
  io::FlowControl flow = io::FlowControl::none;
};

/// With a timer that waits longer, a round trip is too long for typing and for many small answers.
inline constexpr unsigned kLongestLatency = 4;

/// `outside`: of the same port.
Findings judge_inside(const PortOutside& outside, const PortInside& port);

/// What the driver has counted between two looks; empty if it counts nothing.
std::optional<io::LineErrors> errors_between(const std::optional<io::LineErrors>& before,
                                             const std::optional<io::LineErrors>& after);

/// "2 overruns, 1 framing error"; empty if there are none.
std::string errors_text(const io::LineErrors& errors);

/// What overruns, framing errors and breaks during the test say.
Findings judge_errors(const io::LineErrors& errors, io::FlowControl flow);

}  // namespace serialtcp::doctor
