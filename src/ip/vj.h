// What both ends of Van Jacobson's compression of TCP/IP headers (RFC 1144) share. A packet of TCP over IPv4 travels
// with 3 to 16 bytes in place of 40: how its header differs from that of the packet before in the same connection. Both
// ends remember the last header of up to 16 connections, each in a slot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ip/packet.h"

namespace serialtcp::ip {

/// How a datagram travels. PPP has a protocol number for each (002D compressed, 002F uncompressed), SLIP tells them by
/// the first bits.
enum class VjKind : std::uint8_t {
  ip,            ///< as it is
  uncompressed,  ///< as it is, but with the number of its slot in place of the protocol: it is remembered
  compressed,
};

namespace vj {

/// As in all known implementations; a slot's number is 0 to 15.
inline constexpr unsigned kMaxSlots = 16;

/// The bits of the first byte (RFC 1144, section 3.2.2): which fields follow.
inline constexpr std::uint8_t kConnection = 0x40, kIdentification = 0x20, kPush = 0x10, kSequence = 0x08,
                              kAcknowledgement = 0x04, kWindow = 0x02, kUrgent = 0x01;
/// Combinations that no packet has by itself, used for frequent ones: sequence and acknowledgement have both advanced
/// by the data of the packet before (an echo), or the sequence alone (a transfer).
inline constexpr std::uint8_t kEchoed = kSequence | kWindow | kUrgent;
inline constexpr std::uint8_t kTransfer = kSequence | kAcknowledgement | kWindow | kUrgent;
inline constexpr std::uint8_t kAllOfTcp = kTransfer;

/// Places in an IPv4 header, and in a TCP header.
namespace at {
inline constexpr std::size_t kTotal = 2, kIdentification = 4, kProtocol = 9, kHeaderChecksum = 10;
inline constexpr std::size_t kSequence = 4, kAcknowledgement = 8, kFlags = 13, kWindow = 14, kChecksum = 16,
                             kUrgent = 18;
}  // namespace at

/// The flags that a compressed packet names; all others are as before.
inline constexpr std::uint8_t kNamedFlags = tcp_flag::kPsh | tcp_flag::kUrg;

}  // namespace vj
}  // namespace serialtcp::ip
