// serialtcp reload: has running processes read their configuration files again, and says whether they did.
#pragma once

#include <span>

namespace serialtcp::cli {

/// `args` begin with the command's name. Returns the exit status.
int reload_command(std::span<const char* const> args);

}  // namespace serialtcp::cli
