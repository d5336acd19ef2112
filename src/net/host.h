// Hosts as they are written: which texts are addresses, in any spelling, and which are names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "os/asio.h"

namespace serialtcp::io {

/// The same address in normal form: IPv4 as IPv4 (not as ::ffff:10.0.0.1), and a scope only where it has a
/// meaning.
asio::ip::address plain_address(const asio::ip::address& address);

/// The address that a text denotes, in any spelling that the C library accepts as an address without asking a
/// name server: 127.0.0.1, 127.1, 0x7f000001, 017700000001, ::1, ::ffff:127.0.0.1, fe80::1%eth0.
std::optional<asio::ip::address> written_address(std::string_view text);

/// The address that a text denotes in the spelling in which addresses are shown: four numbers of IPv4, any form of IPv6. Asio's own
/// function reads more on Windows.
std::optional<asio::ip::address> plainly_written_address(const std::string& text);

/// Whether it can be the name of a host: letters, digits, '-', '_' and '.', and not an address. Of texts from
/// the other end, only names are passed to the resolver.
bool is_name(std::string_view text);

/// In lower case and without a final dot, for comparison.
std::string plain_name(std::string_view text);

/// Any spelling of `localhost`.
bool is_localhost(std::string_view text);

}  // namespace serialtcp::io
