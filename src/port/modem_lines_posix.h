// The pins of an open terminal device. Works on descriptors; owns nothing.
#pragma once

#include <optional>

#include "port/modem_lines.h"

namespace serialtcp::io {

/// Empty for a device without pins, as ptys are.
std::optional<ModemLines> modem_lines_of(int fd);

/// Those that are given, both at the same time: a board whose reset depends on both never sees one alone. No effect on a
/// device without pins.
void change_modem_pins(int fd, std::optional<Pin> dtr, std::optional<Pin> rts);

}  // namespace serialtcp::io
