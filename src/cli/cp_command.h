// serialtcp cp.
#pragma once

#include <span>

namespace serialtcp::cli {

/// `args` begins with the word "cp". Returns the exit status.
int cp_command(std::span<const char* const> args);

}  // namespace serialtcp::cli
