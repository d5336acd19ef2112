#include "gateway/subnet.h"

#include <fmt/format.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <bit>

#include "net/target_text.h"
#include "os/asio.h"

namespace serialtcp::gateway {

namespace {

constexpr ip::NetworkV4 kUsual{0x0A000200, 24};
/// Tried in this order: networks that few others use.
constexpr std::array<std::uint32_t, 6> kInstead = {0x0A000300,   // 10.0.3.0
                                                   0x0AC80200,   // 10.200.2.0
                                                   0xAC1FC800,   // 172.31.200.0
                                                   0xC0A8C800,   // 192.168.200.0
                                                   0x6440FE00,   // 100.64.254.0, RFC 6598
                                                   0xC6120200};  // 198.18.2.0, RFC 2544
constexpr unsigned kLeastPrefix = 8;
constexpr unsigned kMostPrefix = 28;

std::uint32_t mask_of(unsigned prefix) {
  return prefix == 0 ? 0 : UINT32_MAX << (32U - prefix);
}

bool overlap(const ip::NetworkV4& one, const ip::NetworkV4& other) {
  return one.contains(other.network) || other.contains(one.network);
}

bool is_private(const ip::NetworkV4& subnet) {
  static constexpr std::array<ip::NetworkV4, 5> kPrivate = {
      {{0x0A000000, 8}, {0xAC100000, 12}, {0xC0A80000, 16}, {0x64400000, 10}, {0xC6120000, 15}}};
  return std::ranges::any_of(kPrivate, [&](const ip::NetworkV4& one) {
    return one.prefix <= subnet.prefix && one.contains(subnet.network);
  });
}

}  // namespace

std::string ipv4_text(std::uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, address >> 16 & 0xFF, address >> 8 & 0xFF, address & 0xFF);
}

std::string to_string(const ip::NetworkV4& subnet) {
  return fmt::format("{}/{}", ipv4_text(subnet.network), subnet.prefix);
}

std::expected<ip::NetworkV4, std::string> parse_subnet(const std::string& text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  io::ErrorCode error;
  const auto address = io::asio::ip::make_address_v4(text.substr(0, slash), error);
  const auto prefix = io::parse_number(slash < text.size() ? text.substr(slash + 1) : "", 0, 32);
  if (error || !prefix)
    return std::unexpected(fmt::format("'{}' is not a network in IPv4, such as 10.0.2.0/24", text));
  const ip::NetworkV4 subnet{address.to_uint(), static_cast<unsigned>(*prefix)};
  if (subnet.prefix < kLeastPrefix || subnet.prefix > kMostPrefix)
    return std::unexpected(
        fmt::format("the prefix of '{}' is not from {} to {}", text, kLeastPrefix, kMostPrefix));
  if ((subnet.network & ~mask_of(subnet.prefix)) != 0)
    return std::unexpected(fmt::format("'{}' is not a network: bits after the prefix are not 0", text));
  if (!is_private(subnet))
    return std::unexpected(
        fmt::format("'{}' is not private: take one of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16", text));
  return subnet;
}

std::vector<ip::NetworkV4> own_subnets() {
  std::vector<ip::NetworkV4> subnets;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return subnets;
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_netmask == nullptr || one->ifa_addr->sa_family != AF_INET)
      continue;
    const auto address = ntohl(reinterpret_cast<const sockaddr_in*>(one->ifa_addr)->sin_addr.s_addr);
    const auto mask = ntohl(reinterpret_cast<const sockaddr_in*>(one->ifa_netmask)->sin_addr.s_addr);
    if (address >> 24 == 127) continue;
    subnets.push_back({address & mask, static_cast<unsigned>(std::countl_one(mask))});
  }
  ::freeifaddrs(all);
  return subnets;
}

SubnetChoice choose_subnet(const std::optional<ip::NetworkV4>& wanted, const std::vector<ip::NetworkV4>& own,
                           const Wording& wording) {
  const auto collides = [&own](const ip::NetworkV4& subnet) {
    return std::ranges::any_of(own, [&](const ip::NetworkV4& one) { return overlap(subnet, one); });
  };
  if (wanted) {
    if (!collides(*wanted)) return {*wanted};
    return {
        *wanted,
        fmt::format("this machine is in a network with addresses of {}, too: {} cannot reach hosts there; "
                    "another {} would do",
                    to_string(*wanted), wording.device, wording.net)};
  }
  if (!collides(kUsual)) return {kUsual};
  for (const std::uint32_t network : kInstead) {
    const ip::NetworkV4 other{network, kUsual.prefix};
    if (collides(other)) continue;
    return {other, fmt::format("this machine is in a network with addresses of {}: {} is in {} instead",
                               to_string(kUsual), wording.device, to_string(other))};
  }
  return {kUsual,
          fmt::format("this machine is in networks with addresses of every network that was tried: {} is "
                      "in {}, and cannot reach hosts there; {} chooses another one",
                      wording.device, to_string(kUsual), wording.net)};
}

nat::NetworkConfig addresses_in(const ip::NetworkV4& subnet) {
  nat::NetworkConfig config;
  config.network = subnet.network;
  config.prefix = subnet.prefix;
  config.gateway = subnet.network + 2;
  config.name_server = subnet.network + 3;
  config.device = subnet.network + (subnet.prefix == kMostPrefix ? 14 : 15);
  return config;
}

}  // namespace serialtcp::gateway
