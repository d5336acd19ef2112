// Which source addresses a device may use. A datagram with another one is spoofed, or comes from a device that is set
// up for another network: it is dropped (BCP 38).
#pragma once

#include <cstdint>
#include <optional>

#include "ip/packet.h"

namespace serialtcp::ip {

/// A network in IPv4: `network` in host order, a prefix of 0 to 32 bits.
struct NetworkV4 {
  std::uint32_t network = 0;
  unsigned prefix = 32;
  /// The bits that tell its hosts apart.
  std::uint32_t host_mask() const;
  bool contains(std::uint32_t address) const;

  bool operator==(const NetworkV4&) const = default;
};

/// A network in IPv6: the first `prefix` bits (0 to 128) of `network`.
struct NetworkV6 {
  Address network = {};
  unsigned prefix = 64;
  bool contains(const Address& address) const;
};

class SourceCheck {
 public:
  /// The networks of the device; without one, all of that version are dropped but what accepts() names.
  SourceCheck(std::optional<NetworkV4> v4, std::optional<NetworkV6> v6) : v4_(v4), v6_(v6) {}

  /// Whether a datagram from the device may have its source. In IPv4 that is an address of the network that one host
  /// can have (not its first and last one, if it has more than two). In IPv6 also a link-local address, and none (::),
  /// from which a host asks whether an address is in use (RFC 4862), both to the link alone: see is_of_link().
  bool accepts(const Packet& packet) const;

  /// Whether any host could have its source: none of IPv4's own and loopback networks, no group, no address of IPv4
  /// written as one of IPv6.
  static bool is_possible(const Packet& packet);

  /// In IPv6, a datagram that must not leave the link: between link-local addresses, to such a multicast group, or from
  /// ::.
  static bool is_of_link(const Packet& packet);

 private:
  std::optional<NetworkV4> v4_;
  std::optional<NetworkV6> v6_;
};

}  // namespace serialtcp::ip
