// TunNetwork: a network interface of this machine behind a gateway (--tun): its kernel routes the packets of the device, and
// its firewall decides. An administrator has prepared the interface for the user of this program, and gave it its addresses.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gateway/host_side.h"
#include "ip/source_check.h"
#include "nat/network.h"
#include "net/packet_port.h"
#include "os/observer.h"

namespace serialtcp::gateway {

/// What an interface has.
struct InterfaceAddresses {
  std::uint32_t own = 0;                 ///< in host order; 0: none
  unsigned prefix = 32;                  ///< of its network
  std::uint32_t peer = 0;                ///< the other end's; 0: none
  std::optional<ip::NetworkV6> v6 = {};  ///< the first network that is not link-local
};
InterfaceAddresses addresses_of_interface(const std::string& name);

/// Who has which address, and which network the device's sources are in. From `wanted` (--net), which has the device as
/// gateway/subnet says, or else from the interface: its peer, or the address that follows its own in its network. The error is
/// a sentence that says what to do.
std::expected<nat::NetworkConfig, std::string> addresses_by(const InterfaceAddresses& found,
                                                            const std::optional<ip::NetworkV4>& wanted,
                                                            const std::string& name);

class TunNetwork final : public HostSide {
 public:
  /// What a device may not do is logged at most this often.
  static constexpr Duration kToldAgain = std::chrono::seconds(10);

  struct Setup {
    std::string line;  ///< for the log
    std::string interface;
    nat::NetworkConfig addresses;
    std::optional<ip::NetworkV6> v6;
  };
  /// References outlive it.
  TunNetwork(std::unique_ptr<io::PacketPort> port, Setup setup, io::Observer& observer, ToDevice to_device);

  /// Has to be called once. The interface has gone later: `lost` gets a sentence. The error is one, too.
  std::expected<void, std::string> open(std::function<void(const std::string& why)> lost);

  void set_addresses(const nat::NetworkConfig& addresses);

  std::size_t mtu(std::size_t, std::size_t largest) const override { return largest; }
  std::expected<void, std::string> attach(std::size_t, std::uint16_t, std::uint64_t) override { return {}; }
  void from_device(ByteView datagram, Time now) override;
  std::expected<std::uint16_t, std::string> entrance(std::uint16_t port) override;
  const PacketCounts& counts() const override { return counts_; }
  std::size_t sockets() const override { return 0; }
  std::uint32_t device() const override { return setup_.addresses.device; }
  std::string permissions() const override;
  std::size_t lookups_running() const override { return 0; }

 private:
  void from_interface(ByteView bytes);
  void tell_spoofed(const ip::Packet& packet, Time now);

  std::unique_ptr<io::PacketPort> port_;
  Setup setup_;
  io::Observer& observer_;
  ToDevice to_device_;
  ip::SourceCheck sources_;
  PacketCounts counts_;
  Time told_ = Time::min();
};

}  // namespace serialtcp::gateway
