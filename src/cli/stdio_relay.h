// Moves bytes between standard input and output and a socket, in both directions, until the socket is closed by its other
// side. The end of the input is passed on to the socket, the end of what it delivers to the output. It waits, so it is for
// commands.
#pragma once

#include <cstdint>
#include <string>

#include "os/native_handle.h"

namespace serialtcp::cli {

enum class RelayEnd : std::uint8_t {
  closed,  ///< by the other side of the socket, or both directions have ended; everything is in the output
  output_lost,  ///< nobody reads the output any more
};

/// `stream` is the connection to a running program (control/channel.h), or a socket; `first` was read from it already. Closes it,
/// and the output when there is nothing more for that. On Windows, the end of what it delivers is the end of all.
RelayEnd relay_standard_streams(io::NativeHandle stream, std::string first);

}  // namespace serialtcp::cli
