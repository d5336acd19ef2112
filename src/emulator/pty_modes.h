// The settings that a user has made on a pty's slave, read from the master. It is separate because its
// headers cannot be included together with <termios.h>. Works on descriptors; owns nothing.
#pragma once

#include <optional>

#include "port/serial_settings.h"
#include "sim/line_settings.h"

namespace serialtcp::io {

struct PtyModes {
  sim::LineSettings line;
  FlowControl flow_control = FlowControl::none;
};

/// Empty if there is no speed: it was set to 0, which hangs up a line.
///
/// The kernel removes the parity bit (PARENB) from all settings of a pty, but keeps the kind of parity. Odd,
/// mark and space parity are therefore supported, and even parity cannot be distinguished from none.
std::optional<PtyModes> read_pty_modes(int master);

/// The holder of the slave finds this speed, and the other settings as they were.
void set_pty_speed(int master, std::uint32_t baud);

}  // namespace serialtcp::io
