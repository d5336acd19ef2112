// Two sockets that are connected to each other, for what is a connection within this process.
#pragma once

#include <expected>
#include <utility>

#include "os/asio.h"

namespace serialtcp::io {

/// Both are non-blocking. Or an errno.
std::expected<std::pair<StreamSocket, StreamSocket>, int> socket_pair(asio::io_context& context);

}  // namespace serialtcp::io
