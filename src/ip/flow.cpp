#include "ip/flow.h"

#include <utility>

namespace serialtcp::ip {
namespace {

bool is_echo(const Packet& packet, const Icmp& icmp) {
  return packet.version == 4 ? icmp.type == 8 || icmp.type == 0 : icmp.type == 128 || icmp.type == 129;
}

std::pair<std::uint16_t, std::uint16_t> ports_of(const Packet& packet) {
  if (packet.is_fragment) return {};
  if (const auto tcp = tcp_of(packet)) return {tcp->source_port, tcp->destination_port};
  if (const auto udp = udp_of(packet)) return {udp->source_port, udp->destination_port};
  const auto icmp = icmp_of(packet);
  if (!icmp || !is_echo(packet, *icmp)) return {};
  const auto identifier = static_cast<std::uint16_t>(icmp->rest >> 16U);
  return {identifier, identifier};
}

}  // namespace

FlowKey flow_of(const Packet& packet) {
  const auto [source_port, destination_port] = ports_of(packet);
  return {packet.source, packet.destination, packet.protocol, source_port, destination_port};
}

}  // namespace serialtcp::ip
