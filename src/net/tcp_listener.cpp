// What TCP adds to a listening socket.
#include "net/tcp_listener.h"

#include <fmt/core.h>

#include "net/address.h"
#include "net/listen_addresses.h"
#include "net/receive_window.h"
#include "net/tcp_options.h"
#include "os/error_text.h"

namespace serialtcp::io {

void TcpListener::expect(std::uint64_t rate) {
  for_each_socket(
      [rate](SocketHandle handle) { ReceiveWindow::prepare(handle, rate); });  // accepted sockets inherit it
}

void TcpListener::set_up(StreamSocket& socket) {
  ErrorCode ignored;  // the client may be gone already; this will show when it is read
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
  const auto addresses = known_addresses_to_listen_at(at);
  if (addresses.empty()) return failed(kNoSuchHostHere);
  auto listener = listen(context, addresses, at.port, observer);
  if (!listener) return failed(listen_text(error_number(listener.error())));
  return std::move(*listener);
}

std::expected<std::unique_ptr<TcpListener>, ErrorCode> TcpListener::listen(
    asio::io_context& context, std::span<const asio::ip::address> addresses, std::uint16_t port,
    Observer& observer) {
  std::unique_ptr<TcpListener> listener(new TcpListener(context, observer));
  const auto error = bind_to_all(
      addresses, port,
      [&](const asio::ip::address& address, std::uint16_t at) {
        return listener->bind_one({address, at});
      },
      [&] { listener->close_all(); });
  if (error) return std::unexpected(error);
  return listener;
}

std::expected<std::uint16_t, ErrorCode> TcpListener::bind_one(const tcp::endpoint& endpoint) {
  if (const ErrorCode error = bind(endpoint)) return std::unexpected(error);
  return addresses().back().port();
}

std::vector<tcp::endpoint> TcpListener::addresses() const {
  std::vector<tcp::endpoint> all;
  for (const StreamEndpoint& endpoint : endpoints()) all.push_back(tcp_endpoint(endpoint));
  return all;
}

}  // namespace serialtcp::io
