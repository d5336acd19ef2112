// An ICMP message that nobody listens at a UDP port, as the kernel sends it of itself where no socket is: a listener's
// socket is there for all clients, and yet there may be nobody behind it for one of them.
#pragma once

#include "net/datagram_path.h"
#include "serialtcp/event.h"

namespace serialtcp::io {

enum class Refusal : std::uint8_t {
  sent,
  not_permitted,  ///< it takes CAP_NET_RAW
  failed,
};

/// Tells the client of a path that a datagram from it to `port` here has not arrived, and why: its socket, if it is
/// connected, has the error ECONNREFUSED then. Nothing is sent for reasons that ICMP has no word for.
Refusal refuse_datagram(const DatagramPath& path, std::uint16_t port, ResetReason reason);

}  // namespace serialtcp::io
