// Noticing that a connection was reset while nobody reads it.
#pragma once

#include <functional>

#include "os/asio.h"

namespace serialtcp::io {

using SocketFailed = std::move_only_function<void(ErrorCode)>;

/// Calls `done` once, from the loop: with no error when the socket has one, or something else has happened that does not go away by
/// waiting (was_reset() tells), and with one after it was closed. `done` has to keep the socket alive.
void wait_for_failure(StreamSocket& socket, SocketFailed done);

/// After that: whether the connection was reset. May clear the error of the socket.
bool was_reset(StreamSocket& socket);

}  // namespace serialtcp::io
