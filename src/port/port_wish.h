// The settings of a serial port in the numbers of RFC 2217, for a port behind a server.
#pragma once

#include <optional>

#include "port/modem_lines.h"
#include "port/serial_settings.h"
#include "telnet/com_port.h"

namespace serialtcp::io {

/// Without the pins.
telnet::PortWish port_wish(const SerialSettings& settings);
void wish_pins(std::optional<Pin> dtr, std::optional<Pin> rts, telnet::PortWish& wish);

/// The pins that a server notifies (bits of kModemStates), and those that were set.
ModemLines modem_lines_in(Byte state, Pin dtr, Pin rts);

/// Nothing is set, and everything is asked for.
inline constexpr telnet::PortWish kKeptPort{
    .baud = 0, .data_size = 0, .parity = 0, .stop_size = 0, .flow = telnet::com_port::kAskFlowControl};

}  // namespace serialtcp::io
