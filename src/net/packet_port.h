// PacketPort: a network of this machine, as one end of an IP link has it: packets come from it and go to it. Kinds: a
// network interface (port/tun_port), NAT (gateway/nat_port), a device with PPP (gateway/device_port).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <vector>

#include "serialtcp/bytes.h"

namespace serialtcp::io {

class PacketPort {
 public:
  /// Since it was made. Packets that are counted were dropped.
  struct Figures {
    static constexpr std::size_t kMostAddresses = 16;
    /// Texts: "10.9.0.1", "gateway 10.0.2.2".
    std::vector<std::string> addresses = {};
    std::uint64_t spoofed = 0;  ///< with a source that they may not have
    std::uint64_t refused = 0;  ///< not allowed; who sent them was told
    std::uint64_t limited = 0;  ///< would have opened too many connections
    std::uint64_t ignored = 0;  ///< fragments, multicast, no packets at all
  };

  struct Calls {
    /// A packet from the network. It may be anything.
    std::function<void(ByteView packet)> packet;
    /// The network has gone; the port is closed. A whole sentence.
    std::function<void(const std::string& why)> lost;
  };

  virtual ~PacketPort() = default;

  /// For the log and the status: "ip:tun0".
  virtual std::string name() const = 0;
  /// The error is a whole sentence. It can be tried again.
  virtual std::expected<void, std::string> open(Calls calls) = 0;
  virtual bool is_open() const = 0;
  /// To the network, which may drop it, as it always may; so does a port that is not open.
  virtual void send(ByteView packet) = 0;
  virtual Figures figures() const = 0;
};

}  // namespace serialtcp::io
