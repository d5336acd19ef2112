// What goes wrong with ports, as sentences' ends that a user can act on.
#pragma once

#include <string>

#include "port/line.h"

namespace serialtcp::io {

/// The text completes "Could not open serial port X: ...".
OpenError port_open_error(int error);
/// The same with advice that depends on who may open the file.
OpenError port_open_error(const std::string& path, int error);

/// Completes "lost X: ...".
std::string line_lost_text(int error);

}  // namespace serialtcp::io
