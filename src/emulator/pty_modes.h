// What the user of a pty's slave has set it to, read from the master's side. It lives apart because its
// headers cannot be included beside <termios.h>. Works on descriptors; owns nothing.
#pragma once

#include <optional>

#include "port/serial_settings.h"
#include "sim/line_settings.h"

namespace serialtcp::io {

struct PtyModes {
  sim::LineSettings line;
  FlowControl flow_control = FlowControl::none;
};

/// Nothing when there is no speed to go by: it was set to 0, which hangs a line up.
///
/// The kernel takes the parity bit (PARENB) out of whatever is set on a pty, but leaves what kind of parity
/// it would be. So odd, mark and space parity are followed, and even parity cannot be told from none.
std::optional<PtyModes> read_pty_modes(int master);

/// Throws away what has arrived and was not read. Takes the slave: on the master, Linux leaves
/// the bytes where they are.
void flush_input(int slave);

}  // namespace serialtcp::io
