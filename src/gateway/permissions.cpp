#include "gateway/permissions.h"

#include <fmt/format.h>

#include <algorithm>

#include "net/host.h"

namespace serialtcp::gateway {

namespace {

using io::AllowPattern;

constexpr std::uint16_t kDomain = 53;
constexpr std::uint8_t kEchoRequestV4 = 8;
constexpr std::uint8_t kEchoRequestV6 = 128;
constexpr std::uint8_t kRouterSolicitation = 133;
constexpr unsigned kMappedBits = 96;
constexpr std::uint64_t kLinkLocal = 0xFE80'0000'0000'0000;

io::asio::ip::address asio_address(const ip::Address& address) {
  return io::plain_address(io::asio::ip::address_v6(address.bytes));
}

/// Whether a pattern is about this machine's loopback, and nothing else.
bool is_of_loopback(const AllowPattern& pattern) {
  if (const auto* const name = std::get_if<AllowPattern::Name>(&pattern.host))
    return name->covers == AllowPattern::Name::Covers::itself && name->text == "localhost";
  const auto* const network = std::get_if<AllowPattern::Network>(&pattern.host);
  if (network == nullptr) return false;
  const auto address = io::plain_address(io::asio::ip::address_v6(network->address));
  return address.is_loopback() && (address.is_v6() || network->prefix >= kMappedBits + 8);
}

bool is_link_local(const io::asio::ip::address& address) {
  if (address.is_v6()) return address.to_v6().is_link_local();
  return address.to_v4().to_uint() >> 16 == 0xA9FE;  // 169.254.0.0/16, RFC 3927
}

bool names_link_local(const AllowPattern& pattern) {
  const auto* const network = std::get_if<AllowPattern::Network>(&pattern.host);
  return network != nullptr && is_link_local(io::plain_address(io::asio::ip::address_v6(network->address)));
}

/// No host, or more than one. 240.0.0.0/4 is reserved, with the broadcast address.
bool is_no_host(const io::asio::ip::address& address) {
  if (address.is_unspecified() || address.is_multicast()) return true;
  return address.is_v4() && (address.to_v4().to_uint() >> 28 == 0xF || address.to_v4().to_uint() >> 24 == 0);
}

bool covers(const AllowPattern& pattern, const io::asio::ip::address& address,
            std::optional<std::uint16_t> port) {
  // An echo has no port: whoever may be asked anything may be asked whether it is there.
  return io::AllowList({pattern}).allows(address, port.value_or(pattern.first_port));
}

std::optional<std::uint16_t> port_of(const ip::Packet& packet) {
  if (const auto tcp = ip::tcp_of(packet)) return tcp->destination_port;
  if (const auto udp = ip::udp_of(packet)) return udp->destination_port;
  return std::nullopt;
}

/// Whether it belongs to a connection. One that is not there is not opened by it, but reset by libslirp.
bool continues(const ip::Packet& packet) {
  const auto tcp = ip::tcp_of(packet);
  return tcp && (tcp->flags & (ip::tcp_flag::kSyn | ip::tcp_flag::kAck)) != ip::tcp_flag::kSyn;
}

bool is_icmp(const ip::Packet& packet) {
  return packet.protocol == ip::protocol::kIcmp || packet.protocol == ip::protocol::kIcmpv6;
}

bool is_echo(const ip::Packet& packet) {
  const auto icmp = ip::icmp_of(packet);
  return icmp && icmp->type == (packet.version == 4 ? kEchoRequestV4 : kEchoRequestV6);
}

}  // namespace

std::expected<AllowPattern, std::string> parse_pattern(std::string_view text) {
  auto pattern = io::parse_allow_pattern(text, io::AllowedTo::connect);
  if (!pattern) return pattern;
  const auto* const name = std::get_if<AllowPattern::Name>(&pattern->host);
  if (name != nullptr && name->covers == AllowPattern::Name::Covers::what_is_below)
    return std::unexpected(fmt::format(
        "'{}': packets have addresses, not names, so names below a domain cannot be told: write whole names, "
        "addresses or networks",
        text));
  return pattern;
}

Permissions::Permissions(const PermissionsConfig& config, const nat::NetworkConfig& network)
    : everything_(config.allow.empty()),
      config_(config),
      network_(network),
      v4_{network.network, network.prefix},
      v6_{ip::Address::v6(network.ipv6_prefix, 0), 64},
      sources_(v4_, network.ipv6 ? std::optional(v6_) : std::nullopt) {
  for (const AllowPattern& pattern : config.allow) {
    others_.emplace_back();
    if (is_of_loopback(pattern)) {
      loopback_.push_back(pattern);
    } else if (!std::holds_alternative<AllowPattern::Name>(pattern.host)) {
      others_.back().push_back(pattern);
    }
  }
}

bool Permissions::names_loopback(const std::vector<AllowPattern>& patterns) {
  return std::ranges::any_of(patterns, is_of_loopback);
}

void Permissions::set_addresses(std::size_t index, const std::vector<io::asio::ip::address>& addresses) {
  others_.at(index).clear();
  for (const auto& address : addresses) {
    const auto v6 = address.is_v6() ? address.to_v6()
                                    : io::asio::ip::make_address_v6(io::asio::ip::v4_mapped, address.to_v4());
    const AllowPattern& named = config_.allow.at(index);
    others_.at(index).push_back({AllowPattern::Network{v6.to_bytes()}, named.first_port, named.last_port});
  }
}

std::string Permissions::text() const {
  return everything_ ? "everything but loopback and link-local addresses"
                     : "only what " + config_.wording.allow + " names";
}

bool Permissions::is_gateway(const ip::Address& address) const {
  if (address.is_v4()) return address.v4() == network_.gateway;
  return address == ip::Address::v6(network_.ipv6_prefix, nat::kGatewayId) ||
         address == ip::Address::v6(kLinkLocal, nat::kGatewayId);
}

bool Permissions::is_name_server(const ip::Address& address) const {
  if (!config_.name_server) return false;
  if (address.is_v4()) return address.v4() == network_.name_server;
  return address == ip::Address::v6(network_.ipv6_prefix, nat::kNameServerId);
}

bool Permissions::is_inside(const ip::Address& address) const {
  return address.is_v4() ? v4_.contains(address.v4()) : v6_.contains(address);
}

bool Permissions::allowed(const io::asio::ip::address& address, std::optional<std::uint16_t> port) const {
  if (address.is_loopback()) return false;  // only behind the gateway's address
  const bool link_local = is_link_local(address);
  if (everything_) return !link_local;
  return std::ranges::any_of(others_, [&](const std::vector<AllowPattern>& patterns) {
    return std::ranges::any_of(patterns, [&](const AllowPattern& one) {
      // What stands for everything does not stand for what the default leaves out.
      return (!link_local || names_link_local(one)) && covers(one, address, port);
    });
  });
}

/// Of the line alone: libslirp is to hear what looks for a router, and nothing else.
Permissions::Verdict Permissions::judge_link(const ip::Packet& packet) const {
  const auto icmp = ip::icmp_of(packet);
  const bool asks = icmp && icmp->type == kRouterSolicitation;
  return asks || (is_echo(packet) && is_gateway(packet.destination)) ? Verdict::passes : Verdict::ignored;
}

bool Permissions::opens_nothing(const ip::Packet& packet) const {
  return ip::SourceCheck::is_of_link(packet) ||
         (is_echo(packet) && (is_gateway(packet.destination) || is_name_server(packet.destination)));
}

Permissions::Verdict Permissions::judge(const ip::Packet& packet) const {
  if (!sources_.accepts(packet) || is_gateway(packet.source) || is_name_server(packet.source))
    return Verdict::spoofed;
  if (packet.is_fragment) return Verdict::fragment;
  if (ip::SourceCheck::is_of_link(packet)) return judge_link(packet);
  const auto destination = asio_address(packet.destination);
  if (destination.is_v4() != (packet.version == 4)) return Verdict::refused;  // ::ffff:10.0.0.1 in IPv6
  if (is_no_host(destination)) return Verdict::ignored;
  if (is_icmp(packet) && !is_echo(packet)) return Verdict::ignored;
  // libslirp 4.7 has no echo of IPv6 to others, and complains on standard error about each.
  if (is_echo(packet) && packet.version == 6 && !is_inside(packet.destination)) return Verdict::beyond;
  return continues(packet) || may_reach(packet) ? Verdict::passes : Verdict::refused;
}

bool Permissions::may_reach(const ip::Packet& packet) const {
  const auto port = port_of(packet);
  const bool echo = is_echo(packet);
  if (!port && !echo) return false;
  if (is_gateway(packet.destination)) {
    const io::asio::ip::address own = packet.version == 4
                                          ? io::asio::ip::address(io::asio::ip::address_v4::loopback())
                                          : io::asio::ip::address(io::asio::ip::address_v6::loopback());
    return echo ||
           std::ranges::any_of(loopback_, [&](const AllowPattern& one) { return covers(one, own, port); });
  }
  if (is_name_server(packet.destination)) return echo || port == kDomain;
  if (is_inside(packet.destination)) return false;
  const bool named_server = config_.other_name_server && packet.destination.is_v4() &&
                            packet.destination.v4() == *config_.other_name_server;
  return (named_server && port == kDomain) || allowed(asio_address(packet.destination), port);
}

}  // namespace serialtcp::gateway
