// Another socket takes the place of the one that listens, and is bound to the same port. SO_REUSEADDR would let other
// programs have it, too.
#include "net/bound_port.h"

#include <boost/asio/ip/v6_only.hpp>
#include <utility>

namespace serialtcp::io {

void claim_port(SocketHandle handle) {
  const BOOL on = TRUE;
  ::setsockopt(handle, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, reinterpret_cast<const char*>(&on), sizeof on);
}

ErrorCode stop_listening(asio::io_context& context, StreamAcceptor& acceptor) {
  ErrorCode error;
  const StreamEndpoint endpoint = acceptor.local_endpoint(error);
  if (error) return error;
  asio::socket_base::receive_buffer_size window;  // which its clients have
  ErrorCode ignored;
  acceptor.get_option(window, ignored);
  acceptor.close(ignored);
  StreamAcceptor bound(context);
  bound.open(endpoint.protocol(), error);
  if (!error && endpoint.protocol().family() == AF_INET6) bound.set_option(asio::ip::v6_only(true), error);
  bound.set_option(window, ignored);
  // Not exclusively: connections that the other one has accepted have the port, too.
  if (!error) bound.bind(endpoint, error);
  if (!error) bound.non_blocking(true, error);
  if (!error) acceptor = std::move(bound);
  return error;
}

}  // namespace serialtcp::io
