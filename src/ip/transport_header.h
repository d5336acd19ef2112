// The headers of a packet as header packing needs them: where the fields of TCP, UDP and IP are that change from packet
// to packet, and which packets can be packed at all.
#pragma once

#include <cstddef>
#include <optional>

#include "ip/packet.h"

namespace serialtcp::ip {

/// Places in the header of IPv4, of IPv6, and of TCP.
namespace place {
inline constexpr std::size_t kV4Class = 1, kV4Total = 2, kV4Identification = 4, kV4Checksum = 10,
                             kV4Hosts = 12;
inline constexpr std::size_t kV6Size = 4, kV6Hosts = 8;
inline constexpr std::size_t kSequence = 4, kAcknowledgement = 8, kOffset = 12, kFlags = 13, kWindow = 14,
                             kTcpChecksum = 16, kUrgent = 18, kOptions = 20;
inline constexpr std::size_t kUdpSize = 4, kUdpChecksum = 6;
}  // namespace place

/// Options of TCP that are nothing but timestamps, as all systems write them (RFC 7323, appendix A): their size, and the
/// places of the two numbers in them.
inline constexpr std::size_t kTimestampOptions = 12, kTimestamp = 4, kTimestampEcho = 8;
bool is_timestamps(ByteView options);

/// The traffic class: the second byte of IPv4, spread over two of IPv6.
std::uint8_t traffic_class(ByteView header);
void set_traffic_class(MutableByteView header, std::uint8_t value);

/// The bytes of the IP header and that of TCP or UDP. Empty for packets that are sent as they are: other protocols,
/// fragments, options or extension headers of IP, what opens or resets a connection, urgent data, and what the receiver
/// could not check (a wrong checksum).
std::optional<std::size_t> packable_headers(const Packet& packet);

}  // namespace serialtcp::ip
