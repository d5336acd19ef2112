// SocketQueues: how many bytes the kernel holds for a connected socket, in each direction.
#pragma once

#include <cstddef>

#include "net/socket_handle.h"
#include "os/asio.h"

namespace serialtcp::io {

/// Bytes, and perhaps the end, that were written to the socket and that the other side has not acknowledged
/// (TCP) or read (unix sockets). A reset of a TCP socket discards them. 0 for a broken socket.
std::size_t unsent_bytes(StreamSocket& socket);

/// The same for any descriptor that has such a queue, as terminal devices have. 0 for those that have none.
std::size_t unsent_bytes(SocketHandle handle);

/// Bytes that have arrived at the socket and were not read.
std::size_t unread_bytes(StreamSocket& socket);

/// Whether close() discards what unsent_bytes() counts. Unix sockets keep it for their reader.
bool close_drops_unsent(StreamSocket& socket);

}  // namespace serialtcp::io
