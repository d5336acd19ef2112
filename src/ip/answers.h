// Datagrams that answer another one: what a gateway says to a host whose datagram it does not pass on.
//
// Errors are only made for datagrams that may get one (RFC 1122 section 3.2.2, RFC 4443 section 2.4): not for errors,
// resets, later fragments, or what was sent to or from more than one host. How many are sent is bounded by whoever
// sends them.
#pragma once

#include <optional>

#include "ip/packet.h"

namespace serialtcp::ip {

/// The reply to an ICMP or ICMPv6 echo request, from the address that was asked. Empty for anything else, and if the
/// checksum of the request is wrong.
std::optional<Bytes> echo_reply(const Packet& request);

/// "Administratively prohibited" (IPv4: type 3, code 13; IPv6: type 1, code 1), sent by `from`, which is of the same
/// version.
std::optional<Bytes> prohibited(const Packet& refused, const Address& from);

/// "Fragmentation needed" (IPv4: type 3, code 4; for a datagram that may not be fragmented) or "packet too big" (IPv6:
/// type 2), sent by `from`: datagrams of at most `mtu` bytes would pass.
std::optional<Bytes> too_big(const Packet& refused, const Address& from, std::size_t mtu);

/// The reset that a host sends for a segment to a port where nothing listens (RFC 9293, section 3.10.7.1). A SYN is
/// answered as by a host that refuses the connection. Empty for anything but TCP.
std::optional<Bytes> reset(const Packet& segment);

/// What is quoted of a refused datagram. IPv4: the header and this many bytes, as RFC 792 has it, since lines here are
/// slow; an answer in IPv6 has at most kMaxErrorV6 bytes (RFC 4443, section 2.4).
inline constexpr std::size_t kQuotedV4 = 8;
inline constexpr std::size_t kMaxErrorV6 = 1280;

}  // namespace serialtcp::ip
