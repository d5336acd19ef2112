// What a system calls a socket by: a file descriptor, or a SOCKET of Windows.
#pragma once

#include "os/asio.h"

namespace serialtcp::io {

using SocketHandle = decltype(::socket(0, 0, 0));

}  // namespace serialtcp::io
