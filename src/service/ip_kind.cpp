// IP packets, by a network interface of this machine: "ip:tun0"; "ip:tun0,from=10.9.0.0/24".
#include <fmt/format.h>

#include <array>
#include <optional>
#include <vector>

#include "driver/ip_service.h"
#include "net/address.h"
#include "net/target_text.h"
#include "os/text.h"
#include "port/tun_device.h"
#include "port/tun_port.h"
#include "service/ip_ends.h"
#include "service/service_kinds.h"
#include "service/unannounced.h"

namespace serialtcp::io {

namespace {

struct IpPlace {
  std::string interface = {};
  std::vector<std::string> from = {};  ///< as written
  std::optional<ip::NetworkV4> from_v4 = {};
  std::optional<ip::NetworkV6> from_v6 = {};

  bool operator==(const IpPlace& other) const { return interface == other.interface && from == other.from; }

  std::unique_ptr<IpLink> link(const ServiceSite& site, const ServiceTerms& terms) const {
    IpTerms of_link{.service = terms.name, .limit = terms.limit};
    if (!from.empty()) of_link.sources.emplace(from_v4, from_v6);
    return std::make_unique<IpLink>(
        site.connections, std::make_unique<TunPort>(site.connections.context(), interface), of_link);
  }
  /// Empty: its packets fit.
  std::string mtu_warning() const {
    const std::size_t mtu = interface_mtu(interface);
    if (mtu <= IpLink::kMostPacket) return {};
    return fmt::format(
        "WARNING: the interface {} has an MTU of {}, and an IP link carries packets of up to {} bytes: set it by ip "
        "link set dev {} mtu {}",
        interface, mtu, IpLink::kMostPacket, interface, IpLink::kMostPacket);
  }
};

class IpServerPlace final : public PlaceOf<ListenPlace, IpPlace>, public Unannounced {
 public:
  using PlaceOf::PlaceOf;

  StreamKind streams() const override { return StreamKind::datagrams; }
  std::string text() const override { return "ip:" + value_.interface; }
  std::optional<Target> host() const override { return std::nullopt; }
  std::optional<Claim> claim() const override { return Claim{.space = "ip", .key = value_.interface}; }

  std::optional<Obstacle> try_out(asio::io_context& context, const Addresses&) const override {
    TunPort port(context, value_.interface);
    if (const auto opened = port.open({}); !opened) return Obstacle{.text = opened.error()};
    return std::nullopt;
  }

  std::expected<Listening, std::string> listen(const ServiceSite& site, const ServiceTerms& terms,
                                               const Addresses&) const override {
    auto link = value_.link(site, terms);
    if (auto opened = link->open_port(); !opened) return std::unexpected(opened.error());
    site.connections.add(std::make_unique<IpOpener>(site.connections, std::move(link)));
    Listening listening{.places = {text()}};
    if (auto warning = value_.mtu_warning(); !warning.empty())
      listening.warnings.push_back(std::move(warning));
    return listening;
  }
};

class IpClientPlace final : public PlaceOf<ConnectPlace, IpPlace>, public Unannounced {
 public:
  using PlaceOf::PlaceOf;

  StreamKind streams() const override { return StreamKind::datagrams; }
  std::string text() const override { return "ip:" + value_.interface; }

  void offer(const ServiceSite& site, const ServiceTerms& terms) const override {
    auto link = value_.link(site, terms);
    Observer& observer = site.connections.observer();
    if (const auto opened = link->open_port(); !opened) {
      observer.note(
          fmt::format("WARNING: {}. It is tried again when the other end opens the IP link", opened.error()));
    } else if (const auto warning = value_.mtu_warning(); !warning.empty()) {
      observer.note(warning);
    }
    site.connections.offer(ip_offer(terms.name),
                           std::make_unique<IpTarget>(site.connections, std::move(link)));
  }
};

constexpr KindOption kFromOption = {"from=", "from=NETWORK/BITS", "for IP links, as in ip:tun0"};
constexpr std::array kIpOptions = {kFromOption};

std::string no_network(std::string_view text) {
  return fmt::format("'{}' is not a network, as in from=10.9.0.0/24 or from=fd00:9::/64", text);
}

/// The problem, if there is one.
std::optional<std::string> add_network(std::string_view text, IpPlace& place) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return no_network(text);
  ErrorCode error;
  const auto address = asio::ip::make_address(std::string(text.substr(0, slash)), error);
  if (error) return no_network(text);
  const auto bits = parse_number(text.substr(slash + 1), 0, address.is_v4() ? 32 : 128);
  if (!bits) return no_network(text);
  const auto prefix = static_cast<unsigned>(*bits);
  if (address.is_v4() ? place.from_v4.has_value() : place.from_v6.has_value())
    return std::string("from= is given twice for the same version of IP");
  if (address.is_v4()) {
    place.from_v4 = ip::NetworkV4{address.to_v4().to_uint(), prefix};
  } else {
    place.from_v6 = ip::NetworkV6{ip::Address::v6(address.to_v6().to_bytes()), prefix};
  }
  place.from.emplace_back(text);
  return std::nullopt;
}

std::expected<IpPlace, std::string> parse_place(const PlaceText& text) {
  IpPlace place{.interface = std::string(text.where)};
  if (const auto checked = check_interface_name(text.where); !checked) {
    return std::unexpected(
        fmt::format("ip: needs the name of a network interface, as in ip:tun0; '{}' is none: {}", text.where,
                    checked.error()));
  }
  for (const std::string_view option : text.options) {
    if (!kFromOption.is(option)) return std::unexpected(option_not_taken(option));
    if (auto problem = add_network(option.substr(kFromOption.name.size()), place))
      return std::unexpected(std::move(*problem));
  }
  return place;
}

class IpKind final : public ServiceKind {
 public:
  std::string_view prefix() const override { return "ip:"; }
  Commas commas() const override { return Commas::begin_options; }
  std::string_view options_are() const override { return "for IP links"; }
  std::span<const KindOption> options() const override { return kIpOptions; }

  ParsedPlace<ListenPlace> parse_server(const PlaceText& text) const override {
    auto place = parse_place(text);
    if (!place) return std::unexpected(place.error());
    return std::make_shared<IpServerPlace>(std::move(*place));
  }

  ParsedPlace<ConnectPlace> parse_client(const PlaceText& text) const override {
    auto place = parse_place(text);
    if (!place) return std::unexpected(place.error());
    return std::make_shared<IpClientPlace>(std::move(*place));
  }
};

}  // namespace

const ServiceKind& ip_kind() {
  static const IpKind kind;
  return kind;
}

}  // namespace serialtcp::io
