// serialtcp console: a terminal at a line.
#pragma once

#include <span>

namespace serialtcp::cli {

/// `args` begin with "console". Returns the exit status.
int console_command(std::span<const char* const> args);

}  // namespace serialtcp::cli
