// DeviceNetwork: what stands between a device's packets and the network of this machine: permissions, the limit on what it
// opens, and answers to what goes no further.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/bucket.h"
#include "gateway/name_watch.h"
#include "gateway/openings.h"
#include "gateway/permissions.h"
#include "gateway/uplink.h"
#include "nat/network.h"
#include "os/asio.h"
#include "os/observer.h"

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

class DeviceNetwork final : public Uplink, private nat::NetworkUser {
 public:
  /// Errors that a device is told, at once and a second.
  static constexpr std::size_t kAnswersAtOnce = 50;
  static constexpr std::size_t kAnswersPerSecond = 50;
  /// What a device may not do is logged at most this often.
  static constexpr Duration kToldAgain = std::chrono::seconds(10);

  /// Another source of the device's network takes the place of its address only after so long without a packet from that.
  static constexpr Duration kAddressLasts = std::chrono::seconds(5);

  using ToDevice = std::function<void(ByteView packet)>;
  using MakeNetwork = std::function<std::expected<std::unique_ptr<nat::Network>, std::string>(
      io::asio::io_context& context, const nat::NetworkConfig& config, nat::NetworkUser& user)>;
  /// `name` is of the line, for the log. References outlive it.
  DeviceNetwork(io::asio::io_context& context, std::string name, const PermissionsConfig& permissions,
                const nat::NetworkConfig& network, io::Observer& observer, ToDevice to_device,
                MakeNetwork make_network = &nat::Network::make);

  /// What connections send to the device is cut as it is to be.
  std::size_t mtu(std::size_t quick, std::size_t largest) const override;
  /// Connections that were there stay, if `mtu` is as before.
  std::expected<void, std::string> attach(std::size_t mtu, std::uint16_t window,
                                          std::uint64_t interface_id) override;
  void from_device(ByteView datagram, Time now) override;

  /// For a connection to this port of the device: a port of this machine's loopback.
  std::expected<std::uint16_t, std::string> entrance(std::uint16_t port);

  const PacketCounts& counts() const { return counts_; }
  std::size_t sockets() const { return network_ ? network_->sockets() : 0; }
  /// The device's address: the one that it uses, or is to use.
  std::uint32_t device() const { return device_; }
  std::string permissions() const { return permissions_.text(); }
  std::size_t lookups_running() const { return names_.lookups_running(); }

 private:
  void packet_for_device(ByteView packet) override { to_device_(packet); }
  void passes(const ip::Packet& packet, Time now);
  void refuse(const ip::Packet& packet, Time now);
  void answer_refused(const ip::Packet& packet, Time now);
  void notice_address(std::uint32_t source, Time now);
  bool is_told(Time now);
  void tell_spoofed(const ip::Packet& packet, Time now);

  io::asio::io_context& context_;
  const std::string name_;
  const Wording wording_;
  nat::NetworkConfig config_;
  io::Observer& observer_;
  ToDevice to_device_;
  Permissions permissions_;
  NameWatch names_;
  Openings openings_;
  base::Bucket answers_{kAnswersAtOnce, kAnswersPerSecond};
  const MakeNetwork make_network_;
  std::unique_ptr<nat::Network> network_;
  std::map<std::uint16_t, std::uint16_t> entrances_;
  std::uint32_t device_;
  std::optional<Time> device_seen_;
  std::uint16_t window_ = 0xFFFF;
  PacketCounts counts_;
  Time told_ = Time::min();
};

}  // namespace serialtcp::gateway
