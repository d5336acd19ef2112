// A place in an IP network as it travels: an address or a name, and a port. The layout of RFC 1928, section
// 5, which SOCKS clients speak as well:
//
//   01 address:4 port:2 | 03 length:1 name port:2 | 04 address:16 port:2      port: big-endian
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/cursor.h"
#include "serialtcp/bytes.h"

namespace serialtcp::wire {

using Ipv4 = std::array<Byte, 4>;
using Ipv6 = std::array<Byte, 16>;

struct Address {
  /// A name is 1 to kMaxHostName characters, each one that may stand in a host's name (is_host_name()).
  std::variant<Ipv4, Ipv6, std::string> host = {};
  std::uint16_t port = 0;

  bool operator==(const Address&) const = default;
};

inline constexpr std::size_t kMaxHostName = 255;
/// The longest address.
inline constexpr std::size_t kMaxAddress = 1 + 1 + kMaxHostName + 2;

/// Printable ASCII but for space, at most kMaxHostName of it and at least one: what is given to a name server
/// and to the log. The system's resolver has the last word.
bool is_host_name(std::string_view text);

/// A name must be one.
void write_address(const Address& address, base::Writer& out);

/// How many more bytes an address that begins so has, as far as can be said; 0: it is all there, or it is
/// none. So it can be read from a stream without what comes behind it.
std::size_t missing_of_address(ByteView beginning);

/// The next address. Nothing when there is not all of it (then the reader has turned bad) or when it is
/// malformed.
std::optional<Address> read_address(base::Reader& in);

}  // namespace serialtcp::wire
