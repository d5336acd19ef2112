// Hosts as people and programs write them: which texts are addresses, in whatever spelling, and which are
// names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "os/asio.h"

namespace serialtcp::io {

/// The same address with IPv4 as IPv4 (not as ::ffff:10.0.0.1), and with a scope only where one means
/// something.
asio::ip::address plain_address(const asio::ip::address& address);

/// The address that a text is a spelling of, among them all that the C library takes for one without asking a
/// name server: 127.0.0.1, 127.1, 0x7f000001, 017700000001, ::1, ::ffff:127.0.0.1, fe80::1%eth0.
std::optional<asio::ip::address> written_address(std::string_view text);

/// Whether it can be the name of a host: letters, digits, '-', '_' and '.', and no address. Nothing else that
/// comes from the other end is given to the resolver.
bool is_name(std::string_view text);

/// In lower case and without a dot at the end, as names are compared.
std::string plain_name(std::string_view text);

/// Any spelling of `localhost`.
bool is_localhost(std::string_view text);

}  // namespace serialtcp::io
