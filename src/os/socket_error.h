// The pending error of a socket.
#pragma once

#include "os/asio.h"

namespace serialtcp::io {

/// It is cleared; none if there is none, or if the socket is not open.
ErrorCode take_error(StreamSocket& socket);

}  // namespace serialtcp::io
