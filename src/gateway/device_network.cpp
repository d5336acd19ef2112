#include "gateway/device_network.h"

#include <fmt/format.h>

#include <utility>

#include "gateway/subnet.h"
#include "ip/answers.h"
#include "ip/window_limit.h"
#include "net/target.h"

namespace serialtcp::gateway {

namespace {

std::string address_text(const ip::Address& address) {
  if (address.is_v4()) return ipv4_text(address.v4());
  return io::asio::ip::address_v6(address.bytes).to_string();
}

/// "192.168.0.1:22", "192.168.0.1 (ICMP)"
std::string destination_text(const ip::Packet& packet) {
  const std::string host = address_text(packet.destination);
  if (const auto tcp = ip::tcp_of(packet)) return io::to_string(io::Target{host, tcp->destination_port});
  if (const auto udp = ip::udp_of(packet))
    return io::to_string(io::Target{host, udp->destination_port}) + " (UDP)";
  return fmt::format("{} (protocol {})", host, packet.protocol);
}

}  // namespace

DeviceNetwork::DeviceNetwork(io::asio::io_context& context, std::string name,
                             const PermissionsConfig& permissions, const nat::NetworkConfig& network,
                             io::Observer& observer, ToDevice to_device, MakeNetwork make_network)
    : context_(context),
      name_(std::move(name)),
      wording_(permissions.wording),
      config_(network),
      observer_(observer),
      to_device_(std::move(to_device)),
      permissions_(permissions, network),
      names_(context, permissions.allow,
             [this](std::size_t index, const std::vector<io::asio::ip::address>& addresses) {
               permissions_.set_addresses(index, addresses);
             }),
      make_network_(std::move(make_network)),
      device_(network.device) {
  config_.loopback = Permissions::names_loopback(permissions.allow);
}

/// Another size means another network (libslirp's is fixed), which resets connections: not because a device that has begun with SLIP
/// compresses its headers now.
std::size_t DeviceNetwork::mtu(std::size_t quick, std::size_t largest) const {
  const bool does = network_ && quick < config_.mtu && config_.mtu <= largest;
  return does && network_->sockets() > 0 ? config_.mtu : quick;
}

std::expected<void, std::string> DeviceNetwork::attach(std::size_t mtu, std::uint16_t window,
                                                       std::uint64_t interface_id) {
  window_ = window;
  if (!network_ || config_.mtu != mtu) {
    config_.mtu = mtu;
    entrances_.clear();
    network_.reset();
    auto made = make_network_(context_, config_, *this);
    if (!made) return std::unexpected(std::move(made.error()));
    network_ = std::move(*made);
  }
  device_seen_.reset();
  if (interface_id != 0) network_->solicit_router(interface_id);
  return {};
}

std::expected<std::uint16_t, std::string> DeviceNetwork::entrance(std::uint16_t port) {
  if (!network_) return std::unexpected("the device is not there");
  if (const auto known = entrances_.find(port); known != entrances_.end()) return known->second;
  auto made = network_->entrance(device_, port);
  if (made) entrances_[port] = *made;
  return made;
}

void DeviceNetwork::from_device(ByteView datagram, Time now) {
  const auto packet = ip::parse(datagram);
  if (!packet || !network_) {
    ++counts_.malformed;
    return;
  }
  using Verdict = Permissions::Verdict;
  switch (permissions_.judge(*packet)) {
    case Verdict::passes:
      return passes(*packet, now);
    case Verdict::refused:
      return refuse(*packet, now);
    case Verdict::beyond:
      ++counts_.refused;
      return answer_refused(*packet, now);
    case Verdict::spoofed:
      ++counts_.spoofed;
      return tell_spoofed(*packet, now);
    case Verdict::fragment:
      ++counts_.fragments;
      return;
    case Verdict::ignored:
      ++counts_.ignored;
      return;
  }
}

void DeviceNetwork::passes(const ip::Packet& packet, Time now) {
  if (!permissions_.opens_nothing(packet) &&
      !openings_.admits(packet, network_->sockets(), nat::Network::kMostSockets, now)) {
    ++counts_.too_many;
    if (is_told(now)) {
      observer_.note(
          fmt::format("{}: {} opens more connections than it may: {} at once, {} a second; some wait", name_,
                      wording_.device, nat::Network::kMostSockets, Openings::kPerSecond));
    }
    return;
  }
  if (packet.version == 4) notice_address(packet.source.v4(), now);
  ++counts_.passed;
  // The senders of its connections are here: so nothing need be dropped to slow them down.
  Bytes datagram(packet.bytes.begin(), packet.bytes.end());
  ip::limit_window(datagram, window_);
  network_->input(datagram);
}

/// A device that has gone mad sends from all addresses: entrances are not made anew for each.
void DeviceNetwork::notice_address(std::uint32_t source, Time now) {
  if (source != device_) {
    if (device_seen_ && now - *device_seen_ < kAddressLasts) return;
    device_ = source;
    for (const auto& [port, entrance] : entrances_) network_->close_entrance(entrance);
    entrances_.clear();
  }
  device_seen_ = now;
}

void DeviceNetwork::refuse(const ip::Packet& packet, Time now) {
  ++counts_.refused;
  if (is_told(now)) {
    observer_.note(fmt::format("{}: {} may not reach {}: {} would permit it", name_, wording_.device,
                               destination_text(packet), wording_.allow));
  }
  answer_refused(packet, now);
}

/// A connection is reset as by a host that refuses it; anything else is answered by ICMP. So the device need not wait for a
/// time limit.
void DeviceNetwork::answer_refused(const ip::Packet& packet, Time now) {
  if (!answers_.try_take(now)) return;
  auto answer = ip::reset(packet);
  if (!answer && packet.version == 4) answer = ip::prohibited(packet, ip::Address::v4(config_.gateway));
  if (!answer && packet.version == 6) answer = ip::prohibited(packet, packet.destination);
  if (answer) to_device_(*answer);
}

void DeviceNetwork::tell_spoofed(const ip::Packet& packet, Time now) {
  if (!is_told(now)) return;
  observer_.note(fmt::format(
      "{}: packets from {} are dropped: {} is to have an address in {}, such as {}; or start with another {}",
      name_, address_text(packet.source), wording_.device,
      to_string(ip::NetworkV4{config_.network, config_.prefix}), ipv4_text(config_.device), wording_.net));
}

/// Whether the log gets a message now. It is only made then: thousands of packets a second may have a reason for one.
bool DeviceNetwork::is_told(Time now) {
  if (told_ != Time::min() && now - told_ < kToldAgain) return false;
  told_ = now;
  return true;
}

}  // namespace serialtcp::gateway
