// The headers of a datagram as views of its bytes: IPv4 (RFC 791), IPv6 (RFC 8200), TCP (RFC 9293), UDP (RFC 768), ICMP
// (RFC 792, 4443). What a function here returns has been looked at: its sizes fit the bytes that there are.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "serialtcp/bytes.h"

namespace serialtcp::ip {

inline constexpr std::size_t kIpv4Header = 20;
inline constexpr std::size_t kIpv6Header = 40;
inline constexpr std::size_t kTcpHeader = 20;
inline constexpr std::size_t kUdpHeader = 8;
inline constexpr std::size_t kIcmpHeader = 8;

/// Numbers of IANA.
namespace protocol {
inline constexpr std::uint8_t kIcmp = 1, kTcp = 6, kUdp = 17, kIcmpv6 = 58;
}

/// An IPv4 address is held as ::FFFF:a.b.c.d: so what is not allowed cannot be reached by its other spelling.
struct Address {
  std::array<Byte, 16> bytes = {};

  static Address v4(std::uint32_t value);
  /// 16 bytes.
  static Address v6(ByteView value);
  /// An IPv6 address by its first and last 64 bits.
  static Address v6(std::uint64_t prefix, std::uint64_t interface_id);
  bool is_v4() const;
  /// In host order; 0 unless is_v4().
  std::uint32_t v4() const;

  auto operator<=>(const Address&) const = default;
};

/// The two bits of RFC 3168.
enum class Ecn : std::uint8_t { not_capable = 0, capable_1 = 1, capable_0 = 2, congestion = 3 };

/// The parts of one datagram. The views are as long valid as the bytes that were parsed.
struct Packet {
  std::uint8_t version = 0;    ///< 4 or 6
  ByteView bytes = {};         ///< all of it, without what follows its last byte
  std::size_t header = 0;      ///< bytes before `payload`: the header, its options, extension headers
  ByteView payload = {};       ///< of `protocol`; of a fragment, its part of that
  std::uint8_t protocol = 0;   ///< of the payload
  std::uint8_t hop_limit = 0;  ///< TTL
  Ecn ecn = Ecn::not_capable;
  bool is_fragment = false;        ///< a part of a datagram
  bool is_later_fragment = false;  ///< and not the first: `payload` does not begin with a header
  Address source = {}, destination = {};
};

/// Empty if the bytes are no whole IPv4 or IPv6 packet: other versions, wrong sizes, a wrong checksum of the header
/// (IPv4), too many extension headers (IPv6: more than kMaxExtensions).
std::optional<Packet> parse(ByteView datagram);

inline constexpr unsigned kMaxExtensions = 8;

namespace tcp_flag {
inline constexpr std::uint8_t kFin = 1, kSyn = 2, kRst = 4, kPsh = 8, kAck = 16, kUrg = 32;
}

struct Tcp {
  std::uint16_t source_port = 0, destination_port = 0;
  std::uint32_t sequence = 0, acknowledgement = 0;
  std::uint8_t flags = 0;
  std::uint16_t window = 0, urgent = 0;
  std::size_t header = 0;  ///< with options
  ByteView data = {};
};

struct Udp {
  std::uint16_t source_port = 0, destination_port = 0;
  ByteView data = {};
};

struct Icmp {
  std::uint8_t type = 0, code = 0;
  std::uint32_t rest = 0;  ///< of its header: of an echo, identifier and number
  ByteView data = {};
};

/// The header of the payload. Empty if it is another protocol, a later fragment, or if sizes do not fit. Checksums are
/// not looked at (has_right_checksum).
std::optional<Tcp> tcp_of(const Packet& packet);
std::optional<Udp> udp_of(const Packet& packet);
std::optional<Icmp> icmp_of(const Packet& packet);

/// Of TCP, UDP, ICMP and ICMPv6; a UDP checksum of 0 in IPv4 is none, and right. False for fragments and other
/// protocols.
bool has_right_checksum(const Packet& packet);

/// The sum of the pseudo-header (RFC 9293, section 3.1; RFC 8200, section 8.1).
std::uint32_t pseudo_header_sum(const Address& source, const Address& destination, std::uint8_t protocol,
                                std::size_t size);

}  // namespace serialtcp::ip
