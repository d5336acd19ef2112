// serialtcp connect NAME|HOST:PORT: standard input and output as a stream to the other end of a link, of a running process
// or of its own.
#pragma once

#include <span>

namespace serialtcp::cli {

/// `args` begin with the command's name. Returns the exit status.
int connect_command(std::span<const char* const> args);

}  // namespace serialtcp::cli
