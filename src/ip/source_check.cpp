#include "ip/source_check.h"

namespace serialtcp::ip {
namespace {

bool is_link_local(const Address& address) {
  return address.bytes[0] == 0xFE && (address.bytes[1] & 0xC0U) == 0x80;
}

/// To interfaces or hosts of this link (scopes 1 and 2 of RFC 4291).
bool is_multicast_of_link(const Address& address) {
  return address.bytes[0] == 0xFF && (address.bytes[1] & 0x0FU) <= 2;
}

}  // namespace

std::uint32_t NetworkV4::host_mask() const {
  return static_cast<std::uint32_t>(std::uint64_t{0xFFFFFFFFU} >> prefix);
}

bool NetworkV4::contains(std::uint32_t address) const {
  return (address & ~host_mask()) == (network & ~host_mask());
}

bool NetworkV6::contains(const Address& address) const {
  for (unsigned bit = 0; bit < prefix; bit += 8) {
    const unsigned bits = prefix - bit;
    const auto mask = static_cast<Byte>(bits >= 8 ? 0xFFU : 0xFFU << (8 - bits));
    if ((address.bytes[bit / 8] & mask) != (network.bytes[bit / 8] & mask)) return false;
  }
  return true;
}

bool SourceCheck::is_possible(const Packet& packet) {
  const Address& source = packet.source;
  if (packet.version == 4) {
    const std::uint32_t network = source.v4() >> 24U;
    return network != 0 && network != 127 && network < 224;
  }
  Address loopback;
  loopback.bytes.back() = 1;
  return !source.is_v4() && source.bytes[0] != 0xFF && source != loopback;
}

bool SourceCheck::accepts(const Packet& packet) const {
  if (packet.version == 4) {
    if (!v4_ || !v4_->contains(packet.source.v4())) return false;
    const std::uint32_t hosts = v4_->host_mask(), number = packet.source.v4() & hosts;
    return hosts <= 1 || (number != 0 && number != hosts);
  }
  // An address of IPv4 is none here (RFC 4291, section 2.5.5.2), and a group is never a source.
  if (packet.source.is_v4() || packet.source.bytes[0] == 0xFF) return false;
  if (packet.source == Address{} || is_link_local(packet.source)) return is_of_link(packet);
  return v6_ && v6_->contains(packet.source);
}

bool SourceCheck::is_of_link(const Packet& packet) {
  return packet.version == 6 &&
         (is_link_local(packet.destination) || is_multicast_of_link(packet.destination));
}

}  // namespace serialtcp::ip
