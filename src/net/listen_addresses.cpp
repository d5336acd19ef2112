// IPv4 first: most clients try it first, and it is reported for a listener that has only one address.
#include "net/listen_addresses.h"

#include <algorithm>
#include <boost/asio/ip/v6_only.hpp>
#include <cerrno>
#include <type_traits>
#include <utility>

#include "net/bound_port.h"
#include "net/resolver.h"
#include "net/udp_socket.h"
#include "os/error_text.h"

namespace serialtcp::io {

namespace {

/// Number of other ports to try when a free port of one family is in use in the other.
constexpr int kTries = 32;

bool is_missing(const ErrorCode& error) {
  return error == asio::error::address_family_not_supported || error_number(error) == EADDRNOTAVAIL;
}

ErrorCode bind_once(std::span<const asio::ip::address> addresses, std::uint16_t port, const BindOne& bind) {
  ErrorCode missing = asio::error::address_family_not_supported;
  bool any = false;
  for (const asio::ip::address& address : addresses) {
    const auto bound = bind(address, port);
    if (bound) {
      any = true;
      port = *bound;
    } else if (is_missing(bound.error())) {
      // A machine without IPv6 returns either of these; that it does not have an address is more informative.
      if (error_number(bound.error()) == EADDRNOTAVAIL) missing = bound.error();
    } else {
      return bound.error();
    }
  }
  return any ? ErrorCode{} : missing;
}

/// A socket that does not listen. Without a listener at the same address, connections that have ended do not count.
std::expected<tcp::socket, ErrorCode> bound_tcp_socket(asio::io_context& context, const tcp::endpoint& at) {
  tcp::socket socket(context);
  ErrorCode error;
  socket.open(at.protocol(), error);
  if (!error && at.address().is_v6()) socket.set_option(asio::ip::v6_only(true), error);
  if (!error) claim_port(socket.native_handle());
  if (!error) socket.bind(at, error);
  if (error) return std::unexpected(error);
  return socket;
}

/// With make(address, port), which returns a bound socket or an error.
template <typename Make>
ErrorCode try_addresses(std::span<const asio::ip::address> addresses, std::uint16_t port, Make make) {
  using Made = std::invoke_result_t<Make, const asio::ip::address&, std::uint16_t>;
  std::vector<typename Made::value_type> bound;
  const auto bind = [&](const asio::ip::address& address,
                        std::uint16_t at) -> std::expected<std::uint16_t, ErrorCode> {
    auto socket = make(address, at);
    if (!socket) return std::unexpected(socket.error());
    ErrorCode error;
    const auto local = socket->local_endpoint(error);
    if (error) return std::unexpected(error);
    bound.push_back(std::move(*socket));
    return local.port();
  };
  return bind_to_all(addresses, port, bind, [&bound] { bound.clear(); });
}

}  // namespace

std::vector<asio::ip::address> known_addresses_to_listen_at(const Target& at) {
  if (at.host != kEveryInterface) return known_addresses(at.host, at.family);
  std::vector<asio::ip::address> all;
  if (at.family != Family::ipv6) all.emplace_back(asio::ip::address_v4::any());
  if (at.family != Family::ipv4) all.emplace_back(asio::ip::address_v6::any());
  return all;
}

ErrorCode bind_to_all(std::span<const asio::ip::address> addresses, std::uint16_t port, const BindOne& bind,
                      const std::function<void()>& undo) {
  std::vector<asio::ip::address> each;
  for (const asio::ip::address& address : addresses) {
    if (std::ranges::find(each, address) == each.end()) each.push_back(address);
  }
  ErrorCode error;
  for (int i = 0; i < (port == 0 ? kTries : 1); ++i) {
    error = bind_once(each, port, bind);
    if (!error) return error;
    undo();
    if (error != asio::error::address_in_use) break;
  }
  return error;
}

ErrorCode try_tcp_addresses(asio::io_context& context, std::span<const asio::ip::address> addresses,
                            std::uint16_t port) {
  return try_addresses(addresses, port, [&context](const asio::ip::address& address, std::uint16_t at) {
    return bound_tcp_socket(context, {address, at});
  });
}

ErrorCode try_udp_addresses(asio::io_context& context, std::span<const asio::ip::address> addresses,
                            std::uint16_t port) {
  return try_addresses(addresses, port, [&context](const asio::ip::address& address, std::uint16_t at) {
    return bound_udp_socket(context, {address, at}, Ipv4Too::no);
  });
}

std::string list_of(const std::vector<std::string>& places) {
  std::string text;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (i > 0) text += i + 1 == places.size() ? " and " : ", ";
    text += places[i];
  }
  return text;
}

}  // namespace serialtcp::io
