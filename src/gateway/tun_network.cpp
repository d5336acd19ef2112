#include "gateway/tun_network.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "gateway/subnet.h"
#include "os/asio.h"

namespace serialtcp::gateway {

namespace {

std::uint32_t v4_of(const sockaddr* address) {
  if (address == nullptr || address->sa_family != AF_INET) return 0;
  sockaddr_in v4{};
  std::memcpy(&v4, address, sizeof v4);
  return ntohl(v4.sin_addr.s_addr);
}

std::optional<ip::NetworkV6> v6_of(const sockaddr* address, const sockaddr* mask) {
  sockaddr_in6 v6{}, bits{};
  std::memcpy(&v6, address, sizeof v6);
  if (mask == nullptr || IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr)) return std::nullopt;
  std::memcpy(&bits, mask, sizeof bits);
  ip::NetworkV6 network;
  network.prefix = 0;
  for (std::size_t i = 0; i < network.network.bytes.size(); ++i) {
    network.network.bytes[i] = v6.sin6_addr.s6_addr[i] & bits.sin6_addr.s6_addr[i];
    network.prefix += static_cast<unsigned>(std::popcount(bits.sin6_addr.s6_addr[i]));
  }
  return network;
}

std::string text_of(const ip::Address& address) {
  if (address.is_v4()) return ipv4_text(address.v4());
  return io::asio::ip::address_v6(address.bytes).to_string();
}

/// No host, or more than one.
bool is_for_all(const ip::Address& address) {
  return address.is_v4() && (address.v4() >> 28 == 0xE || address.v4() == UINT32_MAX || address.v4() == 0);
}

}  // namespace

InterfaceAddresses addresses_of_interface(const std::string& name) {
  InterfaceAddresses found;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return found;
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (name != one->ifa_name || one->ifa_addr == nullptr) continue;
    if (one->ifa_addr->sa_family == AF_INET && found.own == 0) {
      found.own = v4_of(one->ifa_addr);
      if (one->ifa_netmask != nullptr)
        found.prefix = static_cast<unsigned>(std::countl_one(v4_of(one->ifa_netmask)));
      // The address itself stands there where there is no peer.
      const std::uint32_t peer = (one->ifa_flags & IFF_POINTOPOINT) != 0 ? v4_of(one->ifa_dstaddr) : 0;
      if (peer != found.own) found.peer = peer;
    } else if (one->ifa_addr->sa_family == AF_INET6 && !found.v6) {
      found.v6 = v6_of(one->ifa_addr, one->ifa_netmask);
    }
  }
  ::freeifaddrs(all);
  return found;
}

std::expected<nat::NetworkConfig, std::string> addresses_by(const InterfaceAddresses& found,
                                                            const std::optional<ip::NetworkV4>& wanted,
                                                            const std::string& name) {
  nat::NetworkConfig config;
  config.name_server = 0;
  if (wanted) {
    config = addresses_in(*wanted);
    config.name_server = 0;
    if (found.own != 0) config.gateway = found.own;
    return config;
  }
  if (found.own == 0)
    return std::unexpected(fmt::format(
        "the interface {0} has no IPv4 address, by which the device would know its own. An administrator gives it "
        "one (ip address add 10.0.2.2 peer 10.0.2.15 dev {0}), or --net says which network it is",
        name));
  config.gateway = found.own;
  config.device = found.peer;
  const ip::NetworkV4 around{found.own, found.prefix};
  if (config.device == 0 && found.prefix <= 30) {
    const std::uint32_t last = found.own | around.host_mask();
    config.device = found.own + 1 < last ? found.own + 1 : found.own - 1;
  }
  if (config.device == 0)
    return std::unexpected(fmt::format(
        "the interface {0} has the address {1}, and none for the device. An administrator gives it one (ip address "
        "add {1} peer ADDRESS dev {0}), or --net says which network it is",
        name, ipv4_text(found.own)));
  config.network = config.device;
  config.prefix = 32;
  return config;
}

TunNetwork::TunNetwork(std::unique_ptr<io::PacketPort> port, Setup setup, io::Observer& observer,
                       ToDevice to_device)
    : port_(std::move(port)),
      setup_(std::move(setup)),
      observer_(observer),
      to_device_(std::move(to_device)),
      sources_(ip::NetworkV4{setup_.addresses.network, setup_.addresses.prefix}, setup_.v6) {}

std::expected<void, std::string> TunNetwork::open(std::function<void(const std::string& why)> lost) {
  return port_->open(
      {.packet = [this](ByteView packet) { from_interface(packet); }, .lost = std::move(lost)});
}

void TunNetwork::set_addresses(const nat::NetworkConfig& addresses) {
  setup_.addresses = addresses;
  sources_ = ip::SourceCheck(ip::NetworkV4{addresses.network, addresses.prefix}, setup_.v6);
}

std::expected<std::uint16_t, std::string> TunNetwork::entrance(std::uint16_t) {
  return std::unexpected("the device is reached by its own address");
}

std::string TunNetwork::permissions() const {
  return fmt::format("what this machine routes and its firewall permits, through its interface {}",
                     setup_.interface);
}

void TunNetwork::from_interface(ByteView bytes) {
  const auto packet = ip::parse(bytes);
  if (packet && !is_for_all(packet->destination)) to_device_(packet->bytes);
}

void TunNetwork::from_device(ByteView datagram, Time now) {
  const auto packet = ip::parse(datagram);
  if (!packet) {
    ++counts_.malformed;
  } else if (!sources_.accepts(*packet) ||
             (packet->version == 4 && packet->source.v4() == setup_.addresses.gateway)) {
    ++counts_.spoofed;
    tell_spoofed(*packet, now);
  } else if (is_for_all(packet->destination)) {
    ++counts_.ignored;
  } else {
    ++counts_.passed;
    port_->send(packet->bytes);
  }
}

void TunNetwork::tell_spoofed(const ip::Packet& packet, Time now) {
  if (told_ != Time::min() && now - told_ < kToldAgain) return;
  told_ = now;
  observer_.note(fmt::format(
      "{}: packets from {} are dropped: the device is {}; --net permits a network, and IPv6 needs an address of the interface",
      setup_.line, text_of(packet.source),
      to_string(ip::NetworkV4{setup_.addresses.network, setup_.addresses.prefix})));
}

}  // namespace serialtcp::gateway
