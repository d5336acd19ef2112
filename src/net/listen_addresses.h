// Where to listen: the addresses of a bind address, and sockets at all of them with one port.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/target.h"
#include "os/asio.h"

namespace serialtcp::io {

/// The host for all interfaces, as the user writes it.
inline constexpr std::string_view kEveryInterface = "*";

/// Completes "Could not listen on X: ...", when a name has no address.
inline constexpr std::string_view kNoSuchHostHere =
    "there is no host of that name: give an address of this machine, or only the port";

/// The addresses that need no look-up: of an IP address, of localhost, and of all interfaces. Empty for
/// another name.
std::vector<asio::ip::address> known_addresses_to_listen_at(const Target& at);

/// Binds a socket to one address and returns its port, or the error.
using BindOne =
    std::function<std::expected<std::uint16_t, ErrorCode>(const asio::ip::address&, std::uint16_t port)>;

/// Binds a socket to each address that this machine has. It is an error if it has none of them, or if one is
/// in use, since clients would then reach the wrong program. Port 0: any port that is free at all of them.
/// `undo` releases what was bound. No error: success.
ErrorCode bind_to_all(std::span<const asio::ip::address> addresses, std::uint16_t port, const BindOne& bind,
                      const std::function<void()>& undo);

/// Whether sockets can be bound to these addresses, as bind_to_all() does; they are closed at once and nobody can
/// connect to them. No error: success.
ErrorCode try_tcp_addresses(asio::io_context& context, std::span<const asio::ip::address> addresses,
                            std::uint16_t port);
ErrorCode try_udp_addresses(asio::io_context& context, std::span<const asio::ip::address> addresses,
                            std::uint16_t port);

/// "127.0.0.1:80 and [::1]:80".
std::string list_of(const std::vector<std::string>& places);

}  // namespace serialtcp::io
