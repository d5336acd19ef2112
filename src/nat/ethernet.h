// The Ethernet that libslirp expects around each packet: a cable with two stations. Addresses are resolved here (ARP,
// RFC 826; neighbour discovery, RFC 4861), since the device at its serial line knows nothing of them. Does no I/O.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "serialtcp/bytes.h"

namespace serialtcp::nat::ethernet {

inline constexpr std::size_t kHeader = 14;
inline constexpr std::size_t kAddress = 6;

using Station = std::array<Byte, kAddress>;
/// Locally administered (the second bit of the first byte).
inline constexpr Station kDevice = {0x52, 0x53, 0x54, 0x43, 0x50, 0x01};

/// An IP packet in a frame from the device to whoever it is for. Empty if it is neither IPv4 nor IPv6.
Bytes framed(ByteView packet);

/// The IP packet in a frame; empty if there is none.
ByteView packet_in(ByteView frame);

/// The frame that answers a question for an address: ARP, or a neighbour solicitation. Every address is the device's.
std::optional<Bytes> resolution(ByteView frame);

/// The frame that says, unasked, that the device has this address (host order).
Bytes announcement(std::uint32_t address);

/// The frame with a router solicitation of the device, from its link-local address with this interface id.
Bytes router_solicitation(std::uint64_t interface_id);

}  // namespace serialtcp::nat::ethernet
