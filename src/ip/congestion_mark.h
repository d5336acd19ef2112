// Explicit Congestion Notification (RFC 3168): a router tells of congestion without dropping the packet.
#pragma once

#include "ip/packet.h"

namespace serialtcp::ip {

/// Sets "congestion experienced" in the IP header, and corrects its checksum. `datagram` is one that parse() accepts,
/// of a transport that supports it (its ECN field is not 0).
void mark_congestion(MutableByteView datagram);

}  // namespace serialtcp::ip
