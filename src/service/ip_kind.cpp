// IP packets, by a network of this end (service/ip_network): "ip:tun0"; "ip:tun0,from=10.9.0.0/24".
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "driver/ip_service.h"
#include "net/address.h"
#include "net/target_text.h"
#include "service/ip_ends.h"
#include "service/ip_network.h"
#include "service/service_kinds.h"
#include "service/unannounced.h"

namespace serialtcp::io {

namespace {

struct IpPlace {
  std::shared_ptr<const IpNetwork> network;
  std::vector<std::string> from = {};  ///< as written
  std::optional<ip::NetworkV4> from_v4 = {};
  std::optional<ip::NetworkV6> from_v6 = {};

  bool operator==(const IpPlace& other) const {
    return network->equals(*other.network) && from == other.from;
  }

  std::unique_ptr<IpLink> link(const ServiceSite& site, const ServiceTerms& terms) const {
    IpTerms of_link{.service = terms.name, .limit = terms.limit};
    if (!from.empty()) of_link.sources.emplace(from_v4, from_v6);
    Connections& connections = site.connections;
    return std::make_unique<IpLink>(connections, network->port(connections.context(), connections.observer()),
                                    of_link);
  }
};

class IpServerPlace final : public PlaceOf<ListenPlace, IpPlace>, public Unannounced {
 public:
  using PlaceOf::PlaceOf;

  StreamKind streams() const override { return StreamKind::datagrams; }
  std::string text() const override { return value_.network->text(); }
  std::optional<Target> host() const override { return std::nullopt; }
  std::optional<Claim> claim() const override { return value_.network->claim(); }

  std::optional<Obstacle> try_out(asio::io_context& context, const Addresses&) const override {
    return value_.network->try_out(context);
  }

  std::expected<Listening, std::string> listen(const ServiceSite& site, const ServiceTerms& terms,
                                               const Addresses&) const override {
    auto link = value_.link(site, terms);
    if (auto opened = link->open_port(); !opened) return std::unexpected(opened.error());
    site.connections.add(std::make_unique<IpOpener>(site.connections, std::move(link)));
    Listening listening{.places = {text()}};
    if (auto warning = value_.network->warning(); !warning.empty())
      listening.warnings.push_back(std::move(warning));
    return listening;
  }
};

class IpClientPlace final : public PlaceOf<ConnectPlace, IpPlace>, public Unannounced {
 public:
  using PlaceOf::PlaceOf;

  StreamKind streams() const override { return StreamKind::datagrams; }
  std::string text() const override { return value_.network->text(); }

  void offer(const ServiceSite& site, const ServiceTerms& terms) const override {
    auto link = value_.link(site, terms);
    Observer& observer = site.connections.observer();
    if (const auto opened = link->open_port(); !opened) {
      observer.note(
          fmt::format("WARNING: {}. It is tried again when the other end opens the IP link", opened.error()));
    } else if (const auto warning = value_.network->warning(); !warning.empty()) {
      observer.note(warning);
    }
    site.connections.offer(ip_offer(terms.name),
                           std::make_unique<IpTarget>(site.connections, std::move(link)));
  }
};

constexpr KindOption kFromOption = {"from=", "from=NETWORK/BITS", "for IP links, as in ip:tun0"};

/// Those of all kinds of networks, too.
std::vector<KindOption> ip_options() {
  std::vector<KindOption> all = {kFromOption};
  for (const IpNetworkKindOf kind : ip_networks()) {
    const std::span<const KindOption> own = kind().options();
    all.insert(all.end(), own.begin(), own.end());
  }
  return all;
}

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
  IpPlace place;
  std::vector<std::string_view> of_network;
  for (const std::string_view option : text.options) {
    if (!kFromOption.is(option)) {
      of_network.push_back(option);
    } else if (auto problem = add_network(option.substr(kFromOption.name.size()), place)) {
      return std::unexpected(std::move(*problem));
    }
  }
  // The last kind is of all texts.
  const auto kind =
      *std::ranges::find_if(ip_networks(), [&](IpNetworkKindOf one) { return one().is(text.where); });
  auto network = kind().parse({.where = text.where, .options = of_network, .family = text.family});
  if (!network) return std::unexpected(std::move(network.error()));
  place.network = std::move(*network);
  return place;
}

class IpKind final : public ServiceKind {
 public:
  std::string_view prefix() const override { return "ip:"; }
  Commas commas() const override { return Commas::begin_options; }
  std::string_view options_are() const override { return "for IP links"; }
  std::span<const KindOption> options() const override { return options_; }

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

 private:
  std::vector<KindOption> options_ = ip_options();
};

}  // namespace

const ServiceKind& ip_kind() {
  static const IpKind kind;
  return kind;
}

}  // namespace serialtcp::io
