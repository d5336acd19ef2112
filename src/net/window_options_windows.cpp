// SO_RCVBUF: the window is what is free in that buffer. A buffer that was set does not grow by itself any more, so a free one is
// as large as a fitted one may be.
#include "net/window_options.h"

#include "net/receive_window.h"

namespace serialtcp::io {

bool is_tcp(SocketHandle handle) {
  int type = 0;
  int size = sizeof type;
  return ::getsockopt(handle, SOL_SOCKET, SO_TYPE, reinterpret_cast<char*>(&type), &size) == 0 &&
         type == SOCK_STREAM;
}

bool may_send_by_bbr(SocketHandle) {
  return false;
}

void prepare_window(SocketHandle handle, std::size_t first) {
  set_receive_buffer(handle, first);
}

void fix_window(SocketHandle handle, std::size_t, std::size_t buffer) {
  set_receive_buffer(handle, buffer);
}

void free_window(SocketHandle handle) {
  set_receive_buffer(handle, ReceiveWindow::kMostFitted);
}

void set_receive_buffer(SocketHandle handle, std::size_t buffer) {
  const int size = static_cast<int>(buffer);
  // A socket that is broken reports that when it is read.
  ::setsockopt(handle, SOL_SOCKET, SO_RCVBUF, reinterpret_cast<const char*>(&size), sizeof size);
}

/// They are, unless SIO_TCP_SET_ACK_FREQUENCY says otherwise.
void delay_acknowledgements(SocketHandle) {}

}  // namespace serialtcp::io
