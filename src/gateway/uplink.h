// Uplink: where the packets of a device go, and those for it come from (Gateway::to_device): the network of this machine by NAT
// (device_network), or the other end of an IP link (device_port).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>

#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::gateway {

class Uplink {
 public:
  virtual ~Uplink() = default;

  /// Of how many bytes the packets for the device will be: it takes `largest`, and up to `quick` do not hold up others for long.
  virtual std::size_t mtu(std::size_t quick, std::size_t largest) const = 0;
  /// The device is there, and takes packets of `mtu` bytes. A sender in this process should have no more than `window` bytes of a
  /// connection under way. `interface_id` is that of the device's link-local IPv6 address; 0: it has none. The error is a
  /// sentence.
  virtual std::expected<void, std::string> attach(std::size_t mtu, std::uint16_t window,
                                                  std::uint64_t interface_id) = 0;
  /// It may be anything.
  virtual void from_device(ByteView datagram, Time now) = 0;
};

}  // namespace serialtcp::gateway
