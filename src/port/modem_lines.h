// The pins of a serial device: what it reads (CTS, DSR, RI, CD) and what it sets (DTR, RTS). Works on descriptors; owns
// nothing.
#pragma once

#include <optional>

#include "port/serial_settings.h"

namespace serialtcp::io {

struct ModemLines {
  Pin cts = Pin::low;
  Pin dsr = Pin::low;
  Pin ring = Pin::low;
  Pin carrier = Pin::low;
  Pin dtr = Pin::low;  ///< as it is set
  Pin rts = Pin::low;

  bool operator==(const ModemLines&) const = default;
};

/// Empty for a device without pins, as ptys are.
std::optional<ModemLines> modem_lines_of(int fd);

/// Those that are given, both at the same time: a board whose reset depends on both never sees one alone. No effect on a
/// device without pins.
void change_modem_pins(int fd, std::optional<Pin> dtr, std::optional<Pin> rts);

}  // namespace serialtcp::io
