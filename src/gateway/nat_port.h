// NatPort: the network of this machine as the network at one end of an IP link ("ip:slirp"), by NAT and without root. The other
// end is a host in a small network of its own: what it may reach is decided as for a device of `serialtcp net`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/device_network.h"
#include "ip/source_check.h"
#include "net/packet_port.h"
#include "os/asio.h"
#include "os/observer.h"
#include "service/allow_list.h"

namespace serialtcp::gateway {

struct NatPortConfig {
  /// Empty: one that this machine is not in.
  std::optional<ip::NetworkV4> net = {};
  /// Empty: everything but loopback and link-local addresses.
  std::vector<io::AllowPattern> allow = {};

  bool operator==(const NatPortConfig&) const = default;
};

class NatPort final : public io::PacketPort {
 public:
  /// References outlive it.
  NatPort(io::asio::io_context& context, io::Observer& observer, NatPortConfig config)
      : context_(context), observer_(observer), config_(std::move(config)) {}

  std::string name() const override { return "ip:slirp"; }
  std::expected<void, std::string> open(Calls calls) override;
  bool is_open() const override { return network_ != nullptr; }
  void send(ByteView packet) override;
  Figures figures() const override;

 private:
  void describe() const;

  io::asio::io_context& context_;
  io::Observer& observer_;
  const NatPortConfig config_;
  nat::NetworkConfig addresses_ = {};
  Calls calls_ = {};
  std::unique_ptr<DeviceNetwork> network_;
};

}  // namespace serialtcp::gateway
