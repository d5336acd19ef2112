#include "gateway/openings.h"

namespace serialtcp::gateway {

bool Openings::admits(const ip::Packet& packet, std::size_t sockets, std::size_t most, Time now) {
  const auto udp = ip::udp_of(packet);
  const auto tcp = ip::tcp_of(packet);
  if (tcp && (tcp->flags & (ip::tcp_flag::kSyn | ip::tcp_flag::kAck)) != ip::tcp_flag::kSyn) return true;
  if (udp && is_known_port(udp->source_port, now)) return true;
  if (sockets >= most || (udp && ports_.size() >= kMostPorts) || !bucket_.try_take(now)) return false;
  if (udp) ports_[udp->source_port] = now;
  return true;
}

bool Openings::is_known_port(std::uint16_t port, Time now) {
  if (const auto known = ports_.find(port); known != ports_.end()) {
    known->second = now;
    return true;
  }
  if (ports_.size() >= kMostPorts)
    std::erase_if(ports_, [now](const auto& one) { return now - one.second >= kPortLasts; });
  return false;
}

}  // namespace serialtcp::gateway
