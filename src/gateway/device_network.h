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
#include "gateway/host_side.h"
#include "gateway/name_watch.h"
#include "gateway/openings.h"
#include "gateway/permissions.h"
#include "nat/network.h"
#include "os/asio.h"
#include "os/observer.h"

namespace serialtcp::gateway {

class DeviceNetwork final : public HostSide, private nat::NetworkUser {
 public:
  /// Errors that a device is told, at once and a second.
  static constexpr std::size_t kAnswersAtOnce = 50;
  static constexpr std::size_t kAnswersPerSecond = 50;
  /// What a device may not do is logged at most this often.
  static constexpr Duration kToldAgain = std::chrono::seconds(10);

  /// Another source of the device's network takes the place of its address only after so long without a packet from that.
  static constexpr Duration kAddressLasts = std::chrono::seconds(5);

  using MakeNetwork = std::function<std::expected<std::unique_ptr<nat::Network>, std::string>(
      io::asio::io_context& context, const nat::NetworkConfig& config, nat::NetworkUser& user)>;
  /// `name` is of the line, for the log. References outlive it.
  DeviceNetwork(io::asio::io_context& context, std::string name, const PermissionsConfig& permissions,
                const nat::NetworkConfig& network, io::Observer& observer, ToDevice to_device,
                MakeNetwork make_network = &nat::Network::make);

  /// What connections send to the device is cut as it is to be.
  std::size_t mtu(std::size_t quick, std::size_t largest) const override;
  std::expected<void, std::string> attach(std::size_t mtu, std::uint16_t window,
                                          std::uint64_t interface_id) override;
  void from_device(ByteView datagram, Time now) override;
  std::expected<std::uint16_t, std::string> entrance(std::uint16_t port) override;
  const PacketCounts& counts() const override { return counts_; }
  std::size_t sockets() const override { return network_ ? network_->sockets() : 0; }
  std::uint32_t device() const override { return device_; }
  std::string permissions() const override { return permissions_.text(); }
  std::size_t lookups_running() const override { return names_.lookups_running(); }

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
