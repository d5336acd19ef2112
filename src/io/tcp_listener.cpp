// What TCP adds to a listening socket.
#include "io/tcp_listener.h"

#include <fmt/core.h>

#include "io/address.h"
#include "io/error_text.h"
#include "io/receive_window.h"
#include "io/resolver.h"
#include "io/tcp_options.h"

namespace serialtcp::io {

void TcpListener::prepare(int fd) {
  ReceiveWindow::prepare(fd);  // accepted sockets inherit it
}

void TcpListener::set_up(StreamSocket& socket) {
  ErrorCode ignored;  // the client may be gone already; reading will say so
  socket.non_blocking(true, ignored);
  set_user_options(socket);
}

std::string TcpListener::who(StreamSocket&, const StreamEndpoint& from) const {
  const tcp::endpoint endpoint = tcp_endpoint(from);
  return to_string(Target{endpoint.address().to_string(), endpoint.port()});
}

std::expected<std::unique_ptr<TcpListener>, std::string> TcpListener::listen(asio::io_context& context,
                                                                             const Target& at,
                                                                             Observer& observer) {
  const auto failed = [&at](std::string_view reason) {
    return std::unexpected(fmt::format("Could not listen on {}: {}", to_string(at), reason));
  };
  const auto addresses = addresses_to_listen_at(at);
  if (!addresses) return failed(addresses.error());
  auto listener = listen(context, *addresses, at.port, observer);
  if (!listener) return failed(listen_text(listener.error().value()));
  return std::move(*listener);
}

std::expected<std::unique_ptr<TcpListener>, ErrorCode> TcpListener::listen(
    asio::io_context& context, std::span<const asio::ip::address> addresses, std::uint16_t port,
    Observer& observer) {
  ErrorCode error = asio::error::address_family_not_supported;
  std::unique_ptr<TcpListener> listener(new TcpListener(context, observer));
  for (const asio::ip::address& address : addresses) {
    error = listener->bind(tcp::endpoint(address, port));
    if (!error) return listener;
  }
  return std::unexpected(error);
}

tcp::endpoint TcpListener::address() const {
  ErrorCode ignored;
  return tcp_endpoint(acceptor().local_endpoint(ignored));
}

}  // namespace serialtcp::io
