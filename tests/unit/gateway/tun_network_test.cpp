// What a device's network is behind an interface: addresses, and which packets pass.
#include "gateway/tun_network.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/subnet.h"
#include "ip/answers.h"
#include "os/quiet_observer.h"

namespace serialtcp::gateway {
namespace {

constexpr std::uint32_t kOwn = 0x0A090001, kPeer = 0x0A090007;  // 10.9.0.1, 10.9.0.7

std::string addresses(const InterfaceAddresses& found, const std::optional<ip::NetworkV4>& wanted = {}) {
  const auto config = addresses_by(found, wanted, "tun0");
  if (!config) return config.error();
  return ipv4_text(config->gateway) + " " + ipv4_text(config->device) + " " +
         to_string(ip::NetworkV4{config->network, config->prefix});
}

TEST(TunNetwork, HasTheAddressesOfItsInterface) {
  EXPECT_EQ(addresses({.own = kOwn, .peer = kPeer}), "10.9.0.1 10.9.0.7 10.9.0.7/32");
  EXPECT_EQ(addresses({.own = kOwn, .prefix = 24}), "10.9.0.1 10.9.0.2 10.9.0.2/32");
  EXPECT_EQ(addresses({.own = kOwn + 1, .prefix = 30}), "10.9.0.2 10.9.0.1 10.9.0.1/32");
  EXPECT_NE(addresses({.own = kOwn, .prefix = 32}).find("ip address add 10.9.0.1 peer ADDRESS dev tun0"),
            std::string::npos);
  EXPECT_NE(addresses({}).find("the interface tun0 has no IPv4 address"), std::string::npos);
}

TEST(TunNetwork, HasTheNetworkThatTheUserWants) {
  const ip::NetworkV4 wanted{0x0A000200, 24};
  EXPECT_EQ(addresses({}, wanted), "10.0.2.2 10.0.2.15 10.0.2.0/24");
  EXPECT_EQ(addresses({.own = 0x0A0002FE, .prefix = 24}, wanted), "10.0.2.254 10.0.2.15 10.0.2.0/24");
}

/// Keeps what it gets.
class Port final : public io::PacketPort {
 public:
  explicit Port(std::vector<Bytes>& sent) : sent_(sent) {}
  std::string name() const override { return "ip:tun0"; }
  std::expected<void, std::string> open(Calls calls) override {
    calls_ = std::move(calls);
    return {};
  }
  bool is_open() const override { return true; }
  void send(ByteView packet) override { sent_.emplace_back(packet.begin(), packet.end()); }
  Figures figures() const override { return {}; }
  void from_system(const Bytes& packet) { calls_.packet(packet); }

 private:
  std::vector<Bytes>& sent_;
  Calls calls_;
};

class Notes final : public io::QuietObserver {
  void note(std::string_view) override {}
};

struct TunPackets : testing::Test {
  TunPackets() {
    auto made = std::make_unique<Port>(sent);
    port = made.get();
    nat::NetworkConfig config;
    config.gateway = kOwn;
    config.device = config.network = kPeer;
    config.prefix = 32;
    network = std::make_unique<TunNetwork>(
        std::move(made), TunNetwork::Setup{"ttyX", "tun0", config, std::nullopt}, observer,
        [this](ByteView packet) { given.emplace_back(packet.begin(), packet.end()); });
    EXPECT_TRUE(network->open([](const std::string&) {}));
  }
  /// IPv4, with no payload.
  static Bytes packet(std::uint32_t source, std::uint32_t destination) {
    Bytes bytes{0x45, 0, 0, 20, 0, 1, 0, 0, 64, 17, 0, 0};
    for (const std::uint32_t address : {source, destination}) {
      for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<Byte>(address >> shift));
    }
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); i += 2)
      sum += static_cast<std::uint32_t>(bytes[i] << 8 | bytes[i + 1]);
    sum = (sum & 0xFFFF) + (sum >> 16);
    sum = ~((sum & 0xFFFF) + (sum >> 16));
    bytes[10] = static_cast<Byte>(sum >> 8);
    bytes[11] = static_cast<Byte>(sum);
    return bytes;
  }

  std::vector<Bytes> sent, given;
  Notes observer;
  Port* port = nullptr;
  std::unique_ptr<TunNetwork> network;
};

TEST_F(TunPackets, PassFromTheDeviceOnlyWithItsOwnAddress) {
  const Bytes good = packet(kPeer, 0x08080808);
  network->from_device(good, Time());
  network->from_device(packet(kPeer + 1, 0x08080808), Time());
  network->from_device(packet(kOwn, 0x08080808), Time());
  network->from_device(packet(kPeer, 0xFFFFFFFF), Time());
  network->from_device(packet(kPeer, 0xE0000001), Time());
  network->from_device(Bytes{0x45, 1, 2}, Time());
  EXPECT_EQ(sent, std::vector<Bytes>{good});
  EXPECT_EQ(network->counts().passed, 1U);
  EXPECT_EQ(network->counts().spoofed, 2U);
  EXPECT_EQ(network->counts().ignored, 2U);
  EXPECT_EQ(network->counts().malformed, 1U);
}

TEST_F(TunPackets, PassToTheDeviceIfTheyAreForOneHost) {
  const Bytes good = packet(0x08080808, kPeer);
  port->from_system(good);
  port->from_system(packet(kOwn, 0xE00000FB));
  port->from_system(packet(kOwn, 0xFFFFFFFF));
  port->from_system(Bytes{1, 2, 3});
  EXPECT_EQ(given, std::vector<Bytes>{good});
}

}  // namespace
}  // namespace serialtcp::gateway
