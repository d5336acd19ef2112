#include "gateway/nat_port.h"

#include <fmt/format.h>

#include <utility>

#include "gateway/subnet.h"
#include "os/clock.h"
#include "service/ip_link.h"

namespace serialtcp::gateway {

namespace {

const Wording kWording = {.device = "the other end", .allow = "allow=", .net = "net="};
/// What a connection to the other end may have under way: as many packets as the queue of the link never drops.
constexpr std::uint16_t kWindow =
    ip::FlowQueue::kSparedPackets * (io::IpLink::kMostPacket - ip::kIpv4Header - ip::kTcpHeader);
/// Of the other end's IPv6 address, behind the prefix: as 10.0.2.15.
constexpr std::uint64_t kOtherEndId = 0x15;

std::string ipv6_text(std::uint64_t prefix, std::uint64_t id) {
  return io::asio::ip::address_v6(ip::Address::v6(prefix, id).bytes).to_string();
}

}  // namespace

std::expected<void, std::string> NatPort::open(Calls calls) {
  if (auto missing = nat::Network::missing(); !missing.empty()) return std::unexpected(std::move(missing));
  const SubnetChoice choice = choose_subnet(config_.net, own_subnets(), kWording);
  addresses_ = addresses_in(choice.subnet);
  calls_ = std::move(calls);
  auto network = std::make_unique<DeviceNetwork>(
      context_, name(), PermissionsConfig{.allow = config_.allow, .wording = kWording}, addresses_, observer_,
      [this](ByteView packet) { calls_.packet(packet); });
  if (auto attached = network->attach(io::IpLink::kMostPacket, kWindow, 0); !attached) return attached;
  network_ = std::move(network);
  if (!choice.remark.empty()) observer_.note(fmt::format("{}: {}", name(), choice.remark));
  describe();
  return {};
}

/// The commands are for whoever administers the machine at the other end, where tun0 is the interface.
void NatPort::describe() const {
  observer_.note(fmt::format(
      "{}: the other end is to be {} in {}, with the gateway {} and the name server {}. With ip:tun0 there: ip "
      "address add {}/{} dev tun0 && ip route add default via {} dev tun0; for IPv6: ip address add {}/64 dev tun0 "
      "nodad && ip route add default via {} dev tun0",
      name(), ipv4_text(addresses_.device), to_string(ip::NetworkV4{addresses_.network, addresses_.prefix}),
      ipv4_text(addresses_.gateway), ipv4_text(addresses_.name_server), ipv4_text(addresses_.device),
      addresses_.prefix, ipv4_text(addresses_.gateway), ipv6_text(addresses_.ipv6_prefix, kOtherEndId),
      ipv6_text(addresses_.ipv6_prefix, nat::kGatewayId)));
  observer_.note(fmt::format("{}: the other end reaches {}", name(), network_->permissions()));
}

io::PacketPort::Figures NatPort::figures() const {
  if (!network_) return {};
  const PacketCounts& counts = network_->counts();
  return {.addresses = {fmt::format("other end {} in {}", ipv4_text(network_->device()),
                                    to_string(ip::NetworkV4{addresses_.network, addresses_.prefix})),
                        fmt::format("gateway {}", ipv4_text(addresses_.gateway)),
                        fmt::format("name server {}", ipv4_text(addresses_.name_server))},
          .spoofed = counts.spoofed,
          .refused = counts.refused,
          .limited = counts.too_many,
          .ignored = counts.fragments + counts.ignored + counts.malformed};
}

void NatPort::send(ByteView packet) {
  if (network_) network_->from_device(packet, io::now());
}

}  // namespace serialtcp::gateway
