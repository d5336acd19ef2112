// serialtcp getty: a login prompt at a serial port, and the line of a link as soon as a serialtcp speaks at its other end.
#pragma once

#include <span>

namespace serialtcp::cli {

/// `args[0]` is the command. Returns the exit status.
int getty_command(std::span<const char* const> args);

}  // namespace serialtcp::cli
