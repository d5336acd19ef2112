// HostSide: what a gateway has behind it, for the packets of a device: the network of this machine as any program sees it
// (device_network), or an interface of its kernel (tun_network). An Uplink, and what the gateway of a device shows of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>

#include "gateway/uplink.h"
#include "serialtcp/bytes.h"

namespace serialtcp::gateway {

/// Packets of the device, by what became of them.
struct PacketCounts {
  std::uint64_t passed = 0;
  std::uint64_t refused = 0;    ///< not allowed: the device was told
  std::uint64_t spoofed = 0;    ///< from an address that is not the device's
  std::uint64_t fragments = 0;  ///< dropped: ports of fragments cannot be judged
  std::uint64_t ignored = 0;    ///< multicast, broadcast
  std::uint64_t malformed = 0;
  std::uint64_t too_many = 0;  ///< would have opened one connection too many, or too soon
};

class HostSide : public Uplink {
 public:
  using ToDevice = std::function<void(ByteView packet)>;

  HostSide() = default;
  HostSide(const HostSide&) = delete;
  HostSide& operator=(const HostSide&) = delete;

  /// For a connection to this port of the device: a port of this machine's loopback.
  virtual std::expected<std::uint16_t, std::string> entrance(std::uint16_t port) = 0;

  virtual const PacketCounts& counts() const = 0;
  /// Of this machine, open for the device.
  virtual std::size_t sockets() const = 0;
  /// The device's address: the one that it uses, or is to use.
  virtual std::uint32_t device() const = 0;
  /// What the device reaches, for the log: completes "the device reaches ...".
  virtual std::string permissions() const = 0;
  virtual std::size_t lookups_running() const = 0;
};

}  // namespace serialtcp::gateway
