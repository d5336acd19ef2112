// What both ends of header packing share. Packets of TCP and UDP, over IPv4 and IPv6, travel with some 8 to 16 bytes in
// place of 28 to 80. It is made for datagrams that may be lost and are never sent again, in order: each packed header
// says how it differs from the *anchor* of its connection, a header that was sent as a whole, and not, as in RFC 1144,
// from that of the packet before. So a loss costs what was lost, and no later packet, unless it was an anchor: then the
// receiver asks for another one. docs/protocol.md, "IP packets".
#pragma once

#include <cstddef>
#include <cstdint>

namespace serialtcp::ip::packed {

/// The high half of the first byte of what is sent. 4 and 6 are the version of a packet as it is.
enum class Form : std::uint8_t { anchor = 1, packed = 2, missing = 3 };

/// Connections whose anchors both ends remember: the low half of the first byte.
inline constexpr unsigned kContexts = 16;

/// Which fields differ from the anchor's.
namespace field {
inline constexpr std::uint8_t kSequence = 0x01, kAcknowledgement = 0x02, kWindow = 0x04, kFlags = 0x08,
                              kTimestamps = 0x10, kOptions = 0x20, kIdentification = 0x40, kClass = 0x80;
}

/// Differences are sent as LEB128, small negative ones being small, too.
constexpr std::uint32_t folded(std::uint32_t difference) {
  return (difference << 1U) ^ ((difference >> 31U) != 0 ? 0xFFFFFFFFU : 0U);
}
constexpr std::uint32_t unfolded(std::uint32_t value) {
  return (value >> 1U) ^ ((value & 1U) != 0 ? 0xFFFFFFFFU : 0U);
}

/// Form and context, edition of the anchor, fields, checksum.
inline constexpr std::size_t kHead = 5;
/// What can follow it: the fields' most bytes.
inline constexpr std::size_t kMostFields = 1 + 3 + 5 + 5 + 3 + 1 + 5 + 5 + 1 + 40;

}  // namespace serialtcp::ip::packed
