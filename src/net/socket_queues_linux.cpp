// Linux's ioctls for sockets and terminals: tcp(7), unix(7), ioctl_tty(2).
#include "net/socket_queues.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace serialtcp::io {

namespace {

std::size_t ask(int fd, unsigned long request) {
  int count = 0;
  if (::ioctl(fd, request, &count) != 0 || count < 0) return 0;
  return static_cast<std::size_t>(count);
}

}  // namespace

std::size_t unsent_bytes(StreamSocket& socket) {
  return unsent_bytes(socket.native_handle());
}

// The same number as TIOCOUTQ's.
std::size_t unsent_bytes(SocketHandle handle) {
  return ask(handle, SIOCOUTQ);
}

std::size_t unread_bytes(StreamSocket& socket) {
  return ask(socket.native_handle(), SIOCINQ);
}

bool close_drops_unsent(StreamSocket& socket) {
  int domain = 0;
  socklen_t size = sizeof domain;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0) return true;
  return domain != AF_UNIX;
}

}  // namespace serialtcp::io
