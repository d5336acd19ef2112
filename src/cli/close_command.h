// serialtcp close NAME#N: ends one connection of a running process.
#pragma once

#include <span>

namespace serialtcp::cli {

/// `args` begin with the command's name. Returns the exit status.
int close_command(std::span<const char* const> args);

}  // namespace serialtcp::cli
