// The receive window of TCP, lowered on its way to a sender that is near: it then has no more under way than a slow line
// carries in a moment, and nothing need be dropped to slow it down. A window scale (RFC 7323) is not looked at: a sender that
// uses one is limited to that many times as much.
#pragma once

#include <cstdint>

#include "serialtcp/bytes.h"

namespace serialtcp::ip {

/// `datagram`: if it is a whole TCP segment with a window above `most`, that becomes `most` bytes, and its checksum is
/// corrected. Anything else stays as it is.
void limit_window(MutableByteView datagram, std::uint16_t most);

}  // namespace serialtcp::ip
