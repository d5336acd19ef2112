// Conversion of addresses between the wire (wire/address.h), Asio, and text.
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
/// A host as it was written: an address if it is written as one, else a name, which must be a host name.
/// `localhost` is a name.
wire::Address to_address(const std::string& host, std::uint16_t port);

/// The IP address in it; empty for a name.
std::optional<asio::ip::address> numeric(const wire::Address& address);
/// The host as text.
std::string host_text(const wire::Address& address);

/// What the socket is connected to, and from: 0.0.0.0:0 if it is not connected any more, or is not TCP.
wire::Address remote_address(const StreamSocket& socket);
wire::Address local_address(const StreamSocket& socket);

/// From an endpoint that is TCP's.
tcp::endpoint tcp_endpoint(const StreamEndpoint& generic);

}  // namespace serialtcp::io
