// Linux's ioctls for sockets (tcp(7), unix(7)).
#include "net/socket_queues.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace serialtcp::io {

namespace {

std::size_t ask(StreamSocket& socket, unsigned long request) {
  int count = 0;
  if (::ioctl(socket.native_handle(), request, &count) != 0 || count < 0) return 0;
  return static_cast<std::size_t>(count);
}

}  // namespace

std::size_t unsent_bytes(StreamSocket& socket) {
  return ask(socket, SIOCOUTQ);
}

std::size_t unread_bytes(StreamSocket& socket) {
  return ask(socket, SIOCINQ);
}

bool close_drops_unsent(StreamSocket& socket) {
  int domain = 0;
  socklen_t size = sizeof domain;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0) return true;
  return domain != AF_UNIX;
}

}  // namespace serialtcp::io
