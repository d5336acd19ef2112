// IPv6 addresses lose their scope, which has no meaning on another machine.
#include "net/address.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "net/host.h"

namespace serialtcp::io {

namespace {

wire::Address tcp_address(const StreamEndpoint& endpoint) {
  const int family = endpoint.protocol().family();
  if (family != AF_INET && family != AF_INET6) return {};
  return to_address(tcp_endpoint(endpoint));
}

}  // namespace

std::string to_string(const wire::Address& address) {
  return to_string(Target{host_text(address), address.port});
}

wire::Address to_address(const asio::ip::address& address, std::uint16_t port) {
  if (address.is_v4()) return {address.to_v4().to_bytes(), port};
  return {address.to_v6().to_bytes(), port};
}

wire::Address to_address(const std::string& host, std::uint16_t port) {
  if (const auto address = plainly_written_address(host)) return to_address(*address, port);
  CHECK(wire::is_host_name(host));
  return {host, port};
}

std::optional<asio::ip::address> numeric(const wire::Address& address) {
  if (const auto* const v4 = std::get_if<wire::Ipv4>(&address.host)) return asio::ip::address_v4(*v4);
  if (const auto* const v6 = std::get_if<wire::Ipv6>(&address.host)) return asio::ip::address_v6(*v6);
  return std::nullopt;
}

std::string host_text(const wire::Address& address) {
  const auto number = numeric(address);
  return number ? number->to_string() : std::get<std::string>(address.host);
}

wire::Address remote_address(const StreamSocket& socket) {
  ErrorCode error;
  const StreamEndpoint endpoint = socket.remote_endpoint(error);
  return error ? wire::Address{} : tcp_address(endpoint);
}

wire::Address local_address(const StreamSocket& socket) {
  ErrorCode error;
  const StreamEndpoint endpoint = socket.local_endpoint(error);
  return error ? wire::Address{} : tcp_address(endpoint);
}

tcp::endpoint tcp_endpoint(const StreamEndpoint& generic) {
  tcp::endpoint endpoint;
  std::memcpy(endpoint.data(), generic.data(), std::min(generic.size(), endpoint.capacity()));
  return endpoint;
}

}  // namespace serialtcp::io
