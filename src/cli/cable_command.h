// serialtcp cable: a serial cable between two ptys, to try programs without hardware.
#pragma once

#include <span>

namespace serialtcp::cli {

/// args[0] is "cable". Runs until SIGINT, SIGTERM, SIGHUP or quit. Returns the exit status: 0, 1 when it
/// could not run, 2 for wrong usage.
int cable_command(std::span<const char* const> args);

}  // namespace serialtcp::cli
