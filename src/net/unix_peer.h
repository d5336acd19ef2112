// The process at the other end of a unix socket.
#pragma once

#include <string>

#include "os/asio.h"

namespace serialtcp::io {

/// For the log: "process 4711 of user 1000"; "a local program" if the system does not tell.
std::string unix_peer(StreamSocket& socket);

}  // namespace serialtcp::io
