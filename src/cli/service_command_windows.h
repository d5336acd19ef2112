// serialtcp service: this program as a service of Windows.
#pragma once

#include <span>

namespace serialtcp::cli {

/// `args` begins with the command. Returns the exit status.
int service_command(std::span<const char* const> args);

}  // namespace serialtcp::cli
