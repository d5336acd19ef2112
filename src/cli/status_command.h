// serialtcp status [NAME] [--json]: shows the links and connections of running processes.
#pragma once

#include <span>

namespace serialtcp::cli {

/// `args` begin with the command's name. Returns the exit status.
int status_command(std::span<const char* const> args);

}  // namespace serialtcp::cli
