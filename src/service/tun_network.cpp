// A network interface of this machine as the network at one end of an IP link: "ip:tun0".
#include <fmt/format.h>

#include "port/tun_device.h"
#include "port/tun_port.h"
#include "service/ip_link.h"
#include "service/ip_network.h"
#include "service/service_kinds.h"

namespace serialtcp::io {

namespace {

class TunNetwork final : public IpNetworkOf<std::string> {
 public:
  using IpNetworkOf::IpNetworkOf;

  std::string text() const override { return "ip:" + value_; }
  std::optional<Claim> claim() const override { return Claim{.space = "ip", .key = value_}; }
  std::optional<Obstacle> try_out(asio::io_context& context) const override {
    TunPort port(context, value_);
    if (const auto opened = port.open({}); !opened) return Obstacle{.text = opened.error()};
    return std::nullopt;
  }
  std::unique_ptr<PacketPort> port(asio::io_context& context, Observer&) const override {
    return std::make_unique<TunPort>(context, value_);
  }
  std::string warning() const override {
    const std::size_t mtu = interface_mtu(value_);
    if (mtu <= IpLink::kMostPacket) return {};
    return fmt::format(
        "WARNING: the interface {} has an MTU of {}, and an IP link carries packets of up to {} bytes: set it by ip "
        "link set dev {} mtu {}",
        value_, mtu, IpLink::kMostPacket, value_, IpLink::kMostPacket);
  }
};

class TunNetworkKind final : public IpNetworkKind {
 public:
  bool is(std::string_view) const override { return true; }
  std::span<const KindOption> options() const override { return {}; }
  std::expected<std::shared_ptr<const IpNetwork>, std::string> parse(const PlaceText& text) const override {
    if (const auto checked = check_interface_name(text.where); !checked) {
      return std::unexpected(
          fmt::format("ip: needs the name of a network interface, as in ip:tun0; '{}' is none: {}",
                      text.where, checked.error()));
    }
    if (!text.options.empty()) return std::unexpected(option_not_taken(text.options.front()));
    return std::make_shared<TunNetwork>(std::string(text.where));
  }
};

}  // namespace

const IpNetworkKind& tun_network() {
  static const TunNetworkKind kind;
  return kind;
}

}  // namespace serialtcp::io
