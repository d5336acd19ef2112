// serialtcp test: what is true of a port, of what is at its other end, and of the line between.
#pragma once

#include <span>

namespace serialtcp::cli {

/// `args` begin with "test". Returns the exit status.
int test_command(std::span<const char* const> args);

}  // namespace serialtcp::cli
