// serialtcp shell.
#pragma once

#include <span>

namespace serialtcp::cli {

/// `args` begins with the word "shell". Returns the exit status.
int shell_command(std::span<const char* const> args);

}  // namespace serialtcp::cli
