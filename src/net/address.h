// Addresses as they travel (wire/address.h), as Asio has them and as people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "net/target.h"
#include "os/asio.h"
#include "wire/address.h"

namespace serialtcp::io {

/// "192.168.0.1:22", "[::1]:22", "host:22".
std::string to_string(const wire::Address& address);

wire::Address to_address(const asio::ip::address& address, std::uint16_t port);
inline wire::Address to_address(const tcp::endpoint& endpoint) {
  return to_address(endpoint.address(), endpoint.port());
}
/// A host as somebody has written it: an address if it is written as one, else a name, which must be a host
/// name. `localhost` is a name.
wire::Address to_address(const std::string& host, std::uint16_t port);

/// The numbers in it; nothing for a name.
std::optional<asio::ip::address> numeric(const wire::Address& address);
/// The host as text.
std::string host_text(const wire::Address& address);

/// What the socket is connected to, and from: 0.0.0.0:0 when that is gone already, or is not TCP.
wire::Address remote_address(const StreamSocket& socket);
wire::Address local_address(const StreamSocket& socket);

/// Of an endpoint that is TCP's.
tcp::endpoint tcp_endpoint(const StreamEndpoint& generic);

}  // namespace serialtcp::io
