// Openings: how fast a device may open connections, and how many at once. A device that has gone mad opens thousands a second:
// it gets no more of this machine than its share, and nobody else is hurt. Does no I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

#include "base/bucket.h"
#include "ip/packet.h"
#include "serialtcp/time.h"

namespace serialtcp::gateway {

class Openings {
 public:
  static constexpr std::size_t kAtOnce = 128;
  static constexpr std::size_t kPerSecond = 50;
  /// Senders of datagrams that are known to have a socket: the ones that sent last. For others, one is opened again.
  static constexpr std::size_t kMostSenders = 128;
  /// After so long, a sender has no socket any more (libslirp: 240 s, and 10 s for name servers).
  static constexpr Duration kSenderLasts = std::chrono::seconds(240);

  /// Whether this packet may go on, if so many sockets are open of `most`. One that opens nothing always may. With what is open
  /// for senders of datagrams without being in `sockets`, there are never more than `most` and kMostSenders.
  bool admits(const ip::Packet& packet, std::size_t sockets, std::size_t most, Time now);

 private:
  /// An address is a part of it: a device may send from many (in IPv6, from 2^64), and has a socket for each.
  using Sender = std::pair<ip::Address, std::uint16_t>;

  bool knows(const Sender& sender, Time now);
  void remember(const Sender& sender, Time now);

  base::Bucket bucket_{kAtOnce, kPerSecond};
  std::map<Sender, Time> senders_;  ///< each with its latest packet
};

}  // namespace serialtcp::gateway
