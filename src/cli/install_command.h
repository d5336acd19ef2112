// serialtcp install: a serialtcp at the other end, by way of its console, and a link to it.
#pragma once

#include <span>

namespace serialtcp::cli {

/// `args` begin with "install". Returns the exit status.
int install_command(std::span<const char* const> args);

}  // namespace serialtcp::cli
