// The pins of a serial device: what it reads (CTS, DSR, RI, CD) and what it sets (DTR, RTS).
#pragma once

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

}  // namespace serialtcp::io
