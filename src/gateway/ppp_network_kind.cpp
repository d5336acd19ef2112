// A device with PPP at another serial port of this machine, as the network at one end of an IP link:
// "ip:ppp:/dev/ttyUSB1:57600,address=10.9.0.2".
#include <fmt/format.h>

#include <array>

#include "gateway/device_port.h"
#include "net/target_text.h"
#include "os/asio.h"
#include "port/line_factory.h"
#include "service/ip_network.h"
#include "service/service_kinds.h"

namespace serialtcp::io {

namespace {

using gateway::DevicePort;
using gateway::DevicePortConfig;

constexpr std::string_view kPrefix = "ppp:";
constexpr std::uint64_t kSlowestPpp = 50;
constexpr std::uint64_t kFastestPpp = 50'000'000;

constexpr std::string_view kWhere = "for an IP link that is ip:ppp:DEVICE";
constexpr KindOption kAddress = {"address=", "address=ADDRESS", kWhere};
constexpr KindOption kGateway = {"gateway=", "gateway=ADDRESS", kWhere};
constexpr KindOption kDns = {"dns=", "dns=ADDRESS", kWhere};
constexpr std::array kPppOptions = {kAddress, kGateway, kDns};

class PppNetwork final : public IpNetworkOf<DevicePortConfig> {
 public:
  using IpNetworkOf::IpNetworkOf;

  std::string text() const override { return to_string(value_); }
  std::optional<Claim> claim() const override {
    return Claim{.space = "ip", .key = fmt::format("{}{}", kPrefix, value_.device)};
  }
  std::optional<Obstacle> try_out(asio::io_context&) const override {
    const auto looked = look_at_line(value_.device);
    if (looked || looked.error().kind != OpenError::Kind::unusable) return std::nullopt;
    return Obstacle{.text =
                        fmt::format("Could not open serial port {}: {}", value_.device, looked.error().text)};
  }
  std::unique_ptr<PacketPort> port(asio::io_context& context, Observer& observer) const override {
    return std::make_unique<DevicePort>(context, observer, value_);
  }
};

/// The mistake, if there is one.
std::optional<std::string> take_address(std::string_view text, std::uint32_t& into) {
  ErrorCode error;
  const auto address = asio::ip::make_address_v4(std::string(text), error);
  if (error) return fmt::format("'{}' is not an IPv4 address", text);
  const std::uint32_t first = address.to_uint() >> 24;
  if (address.is_loopback() || address.is_multicast() || first == 0 || first >= 240)
    return fmt::format("{} cannot be the address of a host", text);
  into = address.to_uint();
  return std::nullopt;
}

std::optional<std::string> take_option(std::string_view option, DevicePortConfig& config) {
  const auto take = [&](const KindOption& row, std::uint32_t& into) {
    return take_address(option.substr(row.name.size()), into);
  };
  if (kAddress.is(option)) return take(kAddress, config.address);
  if (kGateway.is(option)) return take(kGateway, config.gateway);
  if (kDns.is(option)) return take(kDns, config.name_server);
  return option_not_taken(option);
}

/// "/dev/ttyUSB1", "/dev/ttyUSB1:57600". Names of devices may have colons.
DevicePortConfig device_of(std::string_view where) {
  DevicePortConfig config{.device = std::string(where)};
  const std::size_t colon = where.rfind(':');
  if (colon == std::string_view::npos) return config;
  if (const auto baud = parse_number(where.substr(colon + 1), kSlowestPpp, kFastestPpp)) {
    config.device = where.substr(0, colon);
    config.serial.baud = static_cast<std::uint32_t>(*baud);
  }
  return config;
}

class PppNetworkKind final : public IpNetworkKind {
 public:
  bool is(std::string_view where) const override { return where.starts_with(kPrefix); }
  std::span<const KindOption> options() const override { return kPppOptions; }
  std::expected<std::shared_ptr<const IpNetwork>, std::string> parse(const PlaceText& text) const override {
    DevicePortConfig config = device_of(text.where.substr(kPrefix.size()));
    if (config.device.empty() || is_other_line(config.device))
      return std::unexpected(
          fmt::format("ip:ppp: needs a serial port of this machine, as in ip:ppp:/dev/ttyUSB1; '{}' is none",
                      config.device));
    for (const std::string_view option : text.options) {
      if (auto problem = take_option(option, config)) return std::unexpected(std::move(*problem));
    }
    if (config.address == config.gateway)
      return std::unexpected("address= is the device, gateway= the other end: they differ");
    return std::make_shared<PppNetwork>(std::move(config));
  }
};

}  // namespace

const IpNetworkKind& ppp_network() {
  static const PppNetworkKind kind;
  return kind;
}

}  // namespace serialtcp::io
