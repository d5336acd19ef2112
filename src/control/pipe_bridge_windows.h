// PipeBridge: makes a connection by a named pipe one by a socket, since everything that serves connections serves sockets. A message
// without bytes is the end of one direction.
#pragma once

#include <boost/asio/windows/stream_handle.hpp>
#include <memory>

#include "os/asio.h"

namespace serialtcp::control {

/// How a pipe between both ends of the bridge is made: messages, so that one of them can be empty.
inline constexpr unsigned kPipeBuffer = 64 * 1024;

/// Lives as long as one direction is open. `socket` is its side of a pair.
void bridge(io::asio::windows::stream_handle pipe, io::StreamSocket socket);

}  // namespace serialtcp::control
