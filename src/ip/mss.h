// The largest segment that a TCP wants, made smaller on its way (RFC 9293, section 3.7.1): for links whose ends cannot agree on
// the size of their packets.
#pragma once

#include <cstddef>

#include "serialtcp/bytes.h"

namespace serialtcp::ip {

/// In a datagram that begins a TCP connection or accepts one, makes the maximum segment size small enough for packets of `mtu`
/// bytes (without TCP options, as that option counts), and corrects the checksum. A smaller one stays, and so does any other
/// datagram. Returns whether something has changed.
bool limit_mss(MutableByteView datagram, std::size_t mtu);

}  // namespace serialtcp::ip
