// serialtcp share: a serial port as it is, for clients over TCP and unix sockets.
#pragma once

#include <span>

namespace serialtcp::cli {

/// The first argument is "share". Runs until SIGINT or SIGTERM; without a log of the port also until SIGHUP. Returns the exit
/// status: 0, 1 when it could not start, 2 for wrong usage.
int share_command(std::span<const char* const> arguments);

/// The same in the place of pyserial's tcp_serial_redirect.py, if the program was called by this name: with its options and
/// defaults. `arguments` are those after the name.
int redirect_command(std::span<const char* const> arguments);

}  // namespace serialtcp::cli
