// The port that a listening socket has: whom it excludes, and keeping it without listening.
#pragma once

#include "net/client_wait.h"
#include "net/socket_handle.h"

namespace serialtcp::io {

/// Before bind(), for a socket that carries connections: the port may be used at once after the last program that had it, and
/// belongs to one program at a time. No effect for other kinds of sockets.
void claim_port(SocketHandle handle);

/// Clients are refused from now on, until listen() is called again, which fails if another program has taken the port.
ErrorCode stop_listening(asio::io_context& context, StreamAcceptor& acceptor);

}  // namespace serialtcp::io
