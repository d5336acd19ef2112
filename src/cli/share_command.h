// serialtcp share: a serial port as it is, for clients over TCP and unix sockets.
#pragma once

#include <span>

namespace serialtcp::cli {

/// args[0] is "share". Runs until SIGINT, SIGTERM or SIGHUP. Returns the exit status: 0, 1 when it could not start, 2 for
/// wrong usage.
int share_command(std::span<const char* const> args);

}  // namespace serialtcp::cli
