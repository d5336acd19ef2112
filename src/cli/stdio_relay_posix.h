// The relay, between any descriptors.
#pragma once

#include <string>

#include "cli/stdio_relay.h"

namespace serialtcp::cli {

/// Files, pipes, terminals and sockets, as they are: none is made non-blocking. `first` was read from the socket already.
/// Closes `output` when there is nothing more for it, and `socket` at the end.
RelayEnd relay(int input, int output, int socket, std::string first);

}  // namespace serialtcp::cli
