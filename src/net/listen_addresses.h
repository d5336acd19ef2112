// Where to listen: the addresses that a bind address stands for, and sockets at all of them under one port.
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

/// The host of every interface, as the user writes it.
inline constexpr std::string_view kEveryInterface = "*";

/// Completes "Could not listen on X: ...", when looking a name up gave nothing.
inline constexpr std::string_view kNoSuchHostHere =
    "there is no host of that name: give an address of this machine, or only the port";

/// Those that need no looking up: of an address, of localhost, and of every interface. None for another name.
std::vector<asio::ip::address> known_addresses_to_listen_at(const Target& at);

/// Binds a socket to one address and says which port it has, or why not.
using BindOne =
    std::function<std::expected<std::uint16_t, ErrorCode>(const asio::ip::address&, std::uint16_t port)>;

/// Binds a socket to each address that this machine has; it is an error if that is none, and if one is taken by somebody
/// else: clients would reach the wrong program there. Port 0: any that is free at all of them. `undo` takes back
/// what was bound. No error: success.
ErrorCode bind_to_all(std::span<const asio::ip::address> addresses, std::uint16_t port, const BindOne& bind,
                      const std::function<void()>& undo);

/// "127.0.0.1:80 and [::1]:80".
std::string list_of(const std::vector<std::string>& places);

}  // namespace serialtcp::io
