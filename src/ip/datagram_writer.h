// Making datagrams: an IP header in front of a payload, and the checksums in both.
#pragma once

#include "ip/packet.h"

namespace serialtcp::ip {

struct Envelope {
  Address source = {}, destination = {};  ///< both IPv4, or both IPv6
  std::uint8_t protocol = 0;
  std::uint8_t hop_limit = 64;
};

/// IPv4 if both addresses are, else IPv6. Never fragmented, and cannot be (RFC 6864: its identification means nothing).
/// The checksum of TCP, UDP, ICMP and ICMPv6 is filled in; the payload must have at least their header, and at most
/// 65,495 bytes (CHECK).
Bytes make_datagram(const Envelope& envelope, ByteView payload);

/// Computes the checksum of an IPv4 header anew. `header` is all of it, with options (CHECK: at least 20 bytes).
void set_header_checksum(MutableByteView header);

}  // namespace serialtcp::ip
