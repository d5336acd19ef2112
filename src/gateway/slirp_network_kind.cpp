// The network of this machine by NAT, as the network at one end of an IP link: "ip:slirp"; "ip:slirp,allow=10.0.0.0/8:*".
#include <fmt/format.h>

#include <array>

#include "gateway/gateway_config.h"
#include "gateway/nat_port.h"
#include "gateway/subnet.h"
#include "service/ip_network.h"
#include "service/service_kinds.h"

namespace serialtcp::io {

namespace {

using gateway::NatPort;
using gateway::NatPortConfig;

constexpr KindOption kAllow = {"allow=", "allow=HOST:PORT", "for an IP link that is ip:slirp"};
constexpr KindOption kNet = {"net=", "net=NETWORK/BITS", "for an IP link that is ip:slirp"};
constexpr std::array kSlirpOptions = {kAllow, kNet};

class SlirpNetwork final : public IpNetworkOf<NatPortConfig> {
 public:
  using IpNetworkOf::IpNetworkOf;

  std::string text() const override { return "ip:slirp"; }
  std::optional<Claim> claim() const override { return std::nullopt; }
  std::optional<Obstacle> try_out(asio::io_context&) const override {
    if (auto missing = nat::Network::missing(); !missing.empty()) return Obstacle{.text = std::move(missing)};
    return std::nullopt;
  }
  std::unique_ptr<PacketPort> port(asio::io_context& context, Observer& observer) const override {
    return std::make_unique<NatPort>(context, observer, value_);
  }
};

/// The mistake, if there is one.
std::optional<std::string> take_option(std::string_view option, NatPortConfig& config) {
  if (kAllow.is(option)) {
    auto pattern = gateway::parse_pattern(option.substr(kAllow.name.size()));
    if (!pattern) return std::move(pattern.error());
    if (config.allow.size() == gateway::GatewayConfig::kMostPatterns)
      return fmt::format("more than {} patterns of allow=", gateway::GatewayConfig::kMostPatterns);
    config.allow.push_back(std::move(*pattern));
  } else if (kNet.is(option)) {
    if (config.net) return "net= is given twice";
    auto net = gateway::parse_subnet(std::string(option.substr(kNet.name.size())));
    if (!net) return std::move(net.error());
    config.net = *net;
  } else {
    return option_not_taken(option);
  }
  return std::nullopt;
}

class SlirpNetworkKind final : public IpNetworkKind {
 public:
  bool is(std::string_view where) const override { return where == "slirp"; }
  std::span<const KindOption> options() const override { return kSlirpOptions; }
  std::expected<std::shared_ptr<const IpNetwork>, std::string> parse(const PlaceText& text) const override {
    NatPortConfig config;
    for (const std::string_view option : text.options) {
      if (auto problem = take_option(option, config)) return std::unexpected(std::move(*problem));
    }
    return std::make_shared<SlirpNetwork>(std::move(config));
  }
};

}  // namespace

const IpNetworkKind& slirp_network() {
  static const SlirpNetworkKind kind;
  return kind;
}

}  // namespace serialtcp::io
