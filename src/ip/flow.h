// The flow that a datagram belongs to: what has the same addresses, protocol and ports shares a queue.
#pragma once

#include <compare>
#include <cstdint>

#include "ip/packet.h"

namespace serialtcp::ip {

struct FlowKey {
  Address source = {}, destination = {};
  std::uint8_t protocol = 0;
  /// Of TCP and UDP; of an ICMP echo, both are its identifier. 0 for all else, and for all fragments of a datagram, of
  /// which only the first one has ports: so they stay in order.
  std::uint16_t source_port = 0, destination_port = 0;

  auto operator<=>(const FlowKey&) const = default;
};

FlowKey flow_of(const Packet& packet);

}  // namespace serialtcp::ip
