// Openings: how fast a device may open connections, and how many at once. A device that has gone mad opens thousands a second:
// it gets no more of this machine than its share, and nobody else is hurt. Does no I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "base/bucket.h"
#include "ip/packet.h"
#include "serialtcp/time.h"

namespace serialtcp::gateway {

class Openings {
 public:
  static constexpr std::size_t kAtOnce = 128;
  static constexpr std::size_t kPerSecond = 50;
  /// Ports of the device from which it sends datagrams; further ones wait until older ones are forgotten.
  static constexpr std::size_t kMostPorts = 128;
  /// After so long, a port has no socket any more (libslirp: 240 s, and 10 s for name servers).
  static constexpr Duration kPortLasts = std::chrono::seconds(240);

  /// Whether this packet may go on, if so many sockets are open of `most`. One that opens nothing always may.
  bool admits(const ip::Packet& packet, std::size_t sockets, std::size_t most, Time now);

 private:
  bool is_known_port(std::uint16_t port, Time now);

  base::Bucket bucket_{kAtOnce, kPerSecond};
  std::map<std::uint16_t, Time> ports_;  ///< of UDP, each with its latest packet
};

}  // namespace serialtcp::gateway
