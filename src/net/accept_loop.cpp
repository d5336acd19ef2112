#include "net/accept_loop.h"

#include <boost/asio/ip/v6_only.hpp>
#include <utility>

#include "net/bound_port.h"

namespace serialtcp::io {

std::expected<StreamAcceptor, ErrorCode> listening_socket(asio::io_context& context,
                                                          const StreamEndpoint& endpoint) {
  ErrorCode error;
  StreamAcceptor acceptor(context);
  acceptor.open(endpoint.protocol(), error);
  if (!error) claim_port(acceptor.native_handle());
  // Otherwise :: would include IPv4.
  const bool v6 = endpoint.protocol().family() == AF_INET6;
  if (!error && v6) acceptor.set_option(asio::ip::v6_only(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) acceptor.non_blocking(true, error);
  if (error) return std::unexpected(error);
  return acceptor;
}

AcceptLoop::AcceptLoop(asio::io_context& context, StreamAcceptor acceptor, Accepted accepted)
    : context_(context), acceptor_(std::move(acceptor)), accepted_(std::move(accepted)), pause_(context) {}

StreamEndpoint AcceptLoop::endpoint() const {
  ErrorCode ignored;
  return acceptor_.local_endpoint(ignored);
}

void AcceptLoop::wait() {
  client_.start(acceptor_, lifetime_.guard([this] { accept_some(); }));
}

void AcceptLoop::accept_some() {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    StreamSocket client(context_);
    ErrorCode error;
    acceptor_.accept(client, error);
    if (error == asio::error::would_block) break;
    if (error == asio::error::connection_aborted || error == asio::error::interrupted) continue;
    if (error) return pause_.start(kShortagePause, [this] { wait(); });
    accepted_(std::move(client));
  }
  wait();
}

}  // namespace serialtcp::io
