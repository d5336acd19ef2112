// An address in an IP network as it is sent: an IP address or a name, and a port. The layout is that of RFC
// 1928, section 5, which SOCKS clients use as well:
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
  /// A name fulfils is_host_name().
  std::variant<Ipv4, Ipv6, std::string> host = {};
  std::uint16_t port = 0;

  bool operator==(const Address&) const = default;
};

inline constexpr std::size_t kMaxHostName = 255;
/// Bytes of the longest address.
inline constexpr std::size_t kMaxAddress = 1 + 1 + kMaxHostName + 2;

/// Whether `text` is 1 to kMaxHostName printable ASCII characters other than space. Only such names are
/// passed to a name server and to the log. Whether it is a valid name is decided by the system's resolver.
bool is_host_name(std::string_view text);

/// Writes an address. A name must fulfil is_host_name() (CHECK).
void write_address(const Address& address, base::Writer& out);

/// How many more bytes are needed at least to complete an address that begins with these bytes; 0 if it is
/// complete or malformed. With this, an address can be read from a stream without reading the data after it.
std::size_t missing_of_address(ByteView beginning);

/// Reads an address. Empty if it is incomplete (then the reader is bad) or malformed.
std::optional<Address> read_address(base::Reader& in);

}  // namespace serialtcp::wire
