// What is said of a telnet connection and of the serial port behind it.
#pragma once

#include <string>
#include <vector>

#include "telnet/session.h"

namespace serialtcp::io {

/// "DO BINARY", "WILL COM-PORT-OPTION", "WONT 24".
std::string negotiation_text(Byte verb, Byte option);
/// "CTS on, DSR on, RI off, CD off".
std::string pins_text(Byte state);
/// "overrun and parity errors".
std::string line_errors_text(Byte errors);
/// "at 9600 8N1, RTS/CTS": what the far port has answered, or else what it was asked for.
std::string port_text(const telnet::ComPort& port);
/// What is not as it should be once the options are negotiated: parts of a sentence.
std::vector<std::string> session_problems(const telnet::Session& session);

}  // namespace serialtcp::io
