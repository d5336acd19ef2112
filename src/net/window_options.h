// The options of a TCP socket by which ReceiveWindow works.
#pragma once

#include <cstddef>

#include "net/socket_handle.h"

namespace serialtcp::io {

bool is_tcp(SocketHandle handle);

/// Whether the peer's kernel may use BBR.
bool may_send_by_bbr(SocketHandle handle);

/// Of a socket that is going to connect or to listen: this first window, which can grow later.
void prepare_window(SocketHandle handle, std::size_t first);

/// This window, in a receive buffer for so many bytes.
void fix_window(SocketHandle handle, std::size_t window, std::size_t buffer);
/// The kernel decides.
void free_window(SocketHandle handle);
void set_receive_buffer(SocketHandle handle, std::size_t buffer);

/// Until the kernel decides otherwise.
void delay_acknowledgements(SocketHandle handle);

}  // namespace serialtcp::io
