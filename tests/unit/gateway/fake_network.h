// A network without sockets, in place of libslirp, which counts what it is given. For tests of DeviceNetwork.
#pragma once

#include <memory>
#include <set>

#include "gateway/device_network.h"
#include "ip/flow.h"
#include "ip/packets.h"

namespace serialtcp::gateway {

/// Has a socket for whatever libslirp has one for, and keeps it.
class FakeNetwork final : public nat::Network {
 public:
  /// From this one of the device, a connection that was there before.
  static constexpr std::uint16_t kOwnPort = 40'000;
  struct Seen {
    std::set<ip::FlowKey> sockets = {};
    std::size_t echoes = 0, own = 0;
    std::size_t entrances = 0, entrances_made = 0;
    std::size_t networks = 0;
  };
  /// `seen` outlives all of them.
  static DeviceNetwork::MakeNetwork maker(Seen& seen) {
    return [&seen](io::asio::io_context&, const nat::NetworkConfig&, nat::NetworkUser&) {
      ++seen.networks;
      return std::unique_ptr<nat::Network>(std::make_unique<FakeNetwork>(seen));
    };
  }
  explicit FakeNetwork(Seen& seen) : seen_(seen) {}

  void input(ByteView bytes) override {
    const auto packet = *ip::parse(bytes);
    const auto tcp = ip::tcp_of(packet);
    if (packet.destination == test::kHost && ip::icmp_of(packet)) {
      ++seen_.echoes;
    } else if (tcp && tcp->source_port == kOwnPort) {
      ++seen_.own;
    } else if (!tcp || tcp->flags == ip::tcp_flag::kSyn) {
      ip::FlowKey flow = ip::flow_of(packet);
      if (ip::udp_of(packet)) {  // one for all destinations
        flow.destination = {};
        flow.destination_port = 0;
      }
      seen_.sockets.insert(flow);
    }
  }
  std::expected<std::uint16_t, std::string> entrance(std::uint32_t, std::uint16_t) override {
    ++seen_.entrances;
    return static_cast<std::uint16_t>(++seen_.entrances_made);
  }
  void close_entrance(std::uint16_t) override { --seen_.entrances; }
  void solicit_router(std::uint64_t) override {}
  std::size_t sockets() const override { return seen_.sockets.size(); }

 private:
  Seen& seen_;
};

}  // namespace serialtcp::gateway
