// ClientState: whether the client of a connected socket has closed it. A client that ended only its output
// (shutdown(SHUT_WR)) and still reads sends the same FIN as one that closed. Only the system that the client
// runs on can distinguish the two.
#pragma once

#include "os/asio.h"

namespace serialtcp::io {

/// True if the client has closed or reset the connection. A client that has ended its output has not gone if
/// this machine can see that it still reads: over a unix socket, or over TCP from this machine. From another
/// machine it counts as gone.
bool client_has_gone(StreamSocket& socket);

}  // namespace serialtcp::io
