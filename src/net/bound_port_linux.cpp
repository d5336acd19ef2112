// shutdown() of a listening socket ends that, and leaves it bound.
#include "net/bound_port.h"

#include <sys/socket.h>

#include <cerrno>

namespace serialtcp::io {

void claim_port(SocketHandle handle) {
  const int on = 1;
  ::setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
}

ErrorCode stop_listening(asio::io_context&, StreamAcceptor& acceptor) {
  if (::shutdown(acceptor.native_handle(), SHUT_RD) == 0) return {};
  return {errno, boost::system::system_category()};
}

}  // namespace serialtcp::io
