// Errors of ports, as ends of sentences that tell the user what to do.
#pragma once

#include <string>

#include "port/line.h"

namespace serialtcp::io {

/// The text completes "Could not open serial port X: ...".
OpenError port_open_error(int error);
/// The same, with advice that depends on owner, group and mode of the file.
OpenError port_open_error(const std::string& path, int error);

/// Completes "lost X: ...".
std::string line_lost_text(int error);

}  // namespace serialtcp::io
