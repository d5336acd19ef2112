// serialtcp version: the versions of the program and of its libraries.
#pragma once

#include <span>
#include <string>

namespace serialtcp::cli {

/// "serialtcp 2.1.0", and a line for each library.
std::string version_text();

/// `args` begin with "version". Returns the exit status.
int version_command(std::span<const char* const> args);

}  // namespace serialtcp::cli
