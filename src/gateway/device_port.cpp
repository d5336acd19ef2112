#include "gateway/device_port.h"

#include <fmt/format.h>

#include <utility>

#include "gateway/subnet.h"
#include "ip/answers.h"
#include "ip/source_check.h"
#include "os/clock.h"

namespace serialtcp::gateway {

namespace {

GatewayConfig gateway_config(const DevicePortConfig& from) {
  using NameServer = GatewayConfig::NameServer;
  return {.device = from.device,
          .serial = from.serial,
          .protocol = GatewayConfig::Protocol::ppp,
          .name_server = from.name_server == 0 ? NameServer::none : NameServer::other,
          .other_name_server = from.name_server};
}

}  // namespace

std::string to_string(const DevicePortConfig& config) {
  return fmt::format("ip:ppp:{}", config.device);
}

DevicePort::DevicePort(io::asio::io_context& context, io::Observer& observer, DevicePortConfig config)
    : context_(context), observer_(observer), config_(std::move(config)) {}

DevicePort::~DevicePort() = default;

std::expected<void, std::string> DevicePort::open(Calls calls) {
  nat::NetworkConfig addresses;
  addresses.gateway = config_.gateway;
  addresses.device = config_.address;
  calls_ = std::move(calls);
  mtu_ = 0;
  gateway_ = std::make_unique<Gateway>(context_, gateway_config(config_), observer_,
                                       static_cast<Uplink&>(*this), addresses);
  // Called by what must not be destroyed then.
  gateway_->when_ended([this](const std::string& why) {
    if (std::exchange(open_, false)) calls_.lost(why);
  });
  open_ = true;
  if (auto started = gateway_->start(); !started) {
    open_ = false;
    gateway_.reset();
    return started;
  }
  describe();
  return {};
}

/// The command is for whoever administers the machine at the other end, where tun0 is the interface.
void DevicePort::describe() const {
  observer_.note(fmt::format(
      "{}: the device is {}, its gateway {} is the other end, {}. With ip:tun0 there: ip address add {} peer {} "
      "dev tun0",
      name(), ipv4_text(config_.address), ipv4_text(config_.gateway),
      config_.name_server == 0 ? "it has no name server"
                               : fmt::format("its name server {}", ipv4_text(config_.name_server)),
      ipv4_text(config_.gateway), ipv4_text(config_.address)));
}

std::expected<void, std::string> DevicePort::attach(std::size_t mtu, std::uint16_t, std::uint64_t) {
  mtu_ = mtu;
  return {};
}

/// As if an answer were said by who the packet goes to, since this end has no address of its own.
void DevicePort::send(ByteView bytes) {
  if (!open_) return;
  if (mtu_ == 0 || bytes.size() <= mtu_) return gateway_->to_device(bytes);
  const auto packet = ip::parse(bytes);
  if (!packet || !answers_.try_take(io::now())) return;
  if (const auto answer = ip::too_big(*packet, packet->destination, mtu_)) calls_.packet(*answer);
}

io::PacketPort::Figures DevicePort::figures() const {
  std::vector<std::string> addresses = {fmt::format("device {}", ipv4_text(config_.address)),
                                        fmt::format("gateway {}", ipv4_text(config_.gateway))};
  if (config_.name_server != 0)
    addresses.push_back(fmt::format("name server {}", ipv4_text(config_.name_server)));
  return {.addresses = std::move(addresses), .spoofed = spoofed_, .ignored = ignored_};
}

void DevicePort::from_device(ByteView datagram, Time now) {
  const auto packet = ip::parse(datagram);
  if (!packet) {
    ++ignored_;
    return;
  }
  // The IPv6 addresses of the device are the other end's affair, which advertises them.
  if (packet->version == 4 ? packet->source.v4() != config_.address : !ip::SourceCheck::is_possible(*packet))
    return tell_spoofed(now);
  calls_.packet(datagram);
}

void DevicePort::tell_spoofed(Time now) {
  ++spoofed_;
  if (told_ != Time::min() && now - told_ < kToldAgain) return;
  told_ = now;
  observer_.note(fmt::format(
      "{}: packets of the device from other addresses than its own, {}, are dropped; or start with "
      "another address=",
      name(), ipv4_text(config_.address)));
}

}  // namespace serialtcp::gateway
