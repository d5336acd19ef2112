#include "net/udp_socket.h"

#include <boost/asio/ip/v6_only.hpp>

namespace serialtcp::io {

std::expected<udp::socket, ErrorCode> bound_udp_socket(asio::io_context& context, const udp::endpoint& at,
                                                       Ipv4Too ipv4) {
  udp::socket socket(context);
  ErrorCode error;
  socket.open(at.protocol(), error);
  if (!error && ipv4 == Ipv4Too::no && at.protocol() == udp::v6())
    socket.set_option(asio::ip::v6_only(true), error);
  if (!error) socket.bind(at, error);
  if (!error) socket.non_blocking(true, error);
  if (error) return std::unexpected(error);
  return socket;
}

std::expected<udp::socket, ErrorCode> connected_udp_socket(asio::io_context& context,
                                                           const udp::endpoint& to) {
  udp::socket socket(context);
  ErrorCode error;
  socket.open(to.protocol(), error);
  if (!error) socket.non_blocking(true, error);
  if (!error) socket.connect(to, error);
  if (error) return std::unexpected(error);
  return socket;
}

}  // namespace serialtcp::io
