// serialtcp keygen: creates the key that both ends of a sealed link share.
#pragma once

#include <span>

namespace serialtcp::cli {

/// args[0] is "keygen". Returns the exit status: 0, 1 when the file could not be written, 2 for wrong usage.
int keygen_command(std::span<const char* const> args);

}  // namespace serialtcp::cli
