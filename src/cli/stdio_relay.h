// Moves bytes between standard input and output and a socket, in both directions, until the socket is closed by its other
// side. The end of the input is passed on to the socket, the end of what it delivers to the output. It waits, so it is for
// commands.
#pragma once

#include <cstdint>
#include <string>

namespace serialtcp::cli {

enum class RelayEnd : std::uint8_t {
  closed,  ///< by the other side of the socket, or both directions have ended; everything is in the output
  output_lost,  ///< nobody reads the output any more
};

/// Files, pipes, terminals and sockets, as they are: none is made non-blocking. `first` was read from the socket already.
/// Closes `output` when there is nothing more for it, and `socket` at the end.
RelayEnd relay(int input, int output, int socket, std::string first);

}  // namespace serialtcp::cli
