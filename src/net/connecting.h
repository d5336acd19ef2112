// The beginning and the end of one connect().
#pragma once

#include <functional>

#include "os/asio.h"

namespace serialtcp::io {

using Connected = std::move_only_function<void(ErrorCode)>;

/// Begins to connect an open socket, which does not block from then on. `done` is called once, from the loop: with no error also
/// if the target has answered and then reset the connection, since its answer is in the socket. `done` has to keep the socket
/// alive. An error that is returned comes instead.
ErrorCode begin_connect(tcp::socket& socket, const tcp::endpoint& to, Connected done);

}  // namespace serialtcp::io
