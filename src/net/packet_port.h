// PacketPort: a network of this machine, as one end of an IP link has it: packets come from it and go to it. Kinds: a
// network interface (port/tun_port).
#pragma once

#include <expected>
#include <functional>
#include <string>

#include "serialtcp/bytes.h"

namespace serialtcp::io {

class PacketPort {
 public:
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
};

}  // namespace serialtcp::io
