// Sends the ICMP message that no program listens at a UDP port, as the kernel does where there is no socket.
// A listener of ours has one socket for all clients, although there may be no target for one of them.
#pragma once

#include "net/datagram_path.h"
#include "serialtcp/event.h"

namespace serialtcp::io {

enum class Refusal : std::uint8_t {
  sent,
  not_permitted,  ///< os/advice.h, kIcmpNeeds
  failed,
};

/// Tells the client of a path that a datagram from it to `port` here was not delivered, and why. If the
/// client's socket is connected, it then has the error ECONNREFUSED. Nothing is sent for reasons without an
/// ICMP code.
Refusal refuse_datagram(asio::io_context& context, const DatagramPath& path, std::uint16_t port,
                        ResetReason reason);

}  // namespace serialtcp::io
