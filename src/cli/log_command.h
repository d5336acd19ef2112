// serialtcp log LEVEL: has running processes log more or less.
#pragma once

#include <span>

namespace serialtcp::cli {

/// `args` begin with the command's name. Returns the exit status.
int log_command(std::span<const char* const> args);

}  // namespace serialtcp::cli
