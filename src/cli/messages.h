// What happens, in the words of the log. Pure functions, so that every message is a test's text.
#pragma once

#include <string>
#include <string_view>

#include "serialtcp/bytes.h"
#include "serialtcp/config.h"
#include "serialtcp/event.h"
#include "serialtcp/time.h"

namespace serialtcp::cli {

enum class Sealed : std::uint8_t { no, yes };

std::string link_up_message(std::string_view line, Protocol protocol, Sealed sealed = Sealed::no);

/// Of a server that others than this machine can connect to.
std::string exposed_message(std::string_view address);

std::string link_down_message(LinkDownReason reason);

/// The serial port has gone, and what becomes of connections.
std::string line_lost_message(std::string_view line, std::string_view reason, Duration hold);

std::string trouble_message(LineTrouble trouble, Role role, std::string_view line);

/// "received 5 bytes: 1f 44 68 69 0a |.Dhi.|", of long chunks the beginning.
std::string received_message(ByteView chunk);

}  // namespace serialtcp::cli
