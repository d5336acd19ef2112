// How many clients have connected to a listening socket and were not accepted yet.
#pragma once

#include <cstddef>

#include "net/socket_handle.h"

namespace serialtcp::io {

/// 0 for what does not listen. Where the system does not tell how many: 1 if there are any.
std::size_t clients_in_queue(SocketHandle listening);

}  // namespace serialtcp::io
