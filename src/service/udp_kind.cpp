// UDP: "udp:5353,idle=10"; "udp:192.168.0.1:53,late=0.5".
#include <fmt/format.h>

#include <chrono>

#include "net/listen_addresses.h"
#include "net/target_text.h"
#include "os/error_text.h"
#include "os/text.h"
#include "service/forward_text.h"
#include "service/host_claim.h"
#include "service/service_kinds.h"
#include "service/udp_listener.h"
#include "service/udp_target.h"

namespace serialtcp::io {

namespace {

constexpr std::chrono::seconds kMaxTime = std::chrono::hours(24);

struct UdpPort {
  Target target = {};
  std::optional<Duration> idle = {};                                 ///< when an idle association ends
  std::optional<Duration> late = {};                                 ///< when a pending datagram is dropped
  UdpTarget::Answers answers = UdpTarget::Answers::from_the_target;  ///< of a target

  bool operator==(const UdpPort&) const = default;

  DatagramTerms terms(const ServiceTerms& service) const {
    DatagramTerms terms;
    terms.idle = idle.value_or(terms.idle);
    terms.late = late.value_or(terms.late);
    terms.limit = service.limit;
    return terms;
  }
};

class UdpServerPlace final : public PlaceOf<ListenPlace, UdpPort> {
 public:
  using PlaceOf::PlaceOf;

  StreamKind streams() const override { return StreamKind::datagrams; }
  std::string text() const override { return "udp:" + to_string(value_.target); }
  std::optional<Target> host() const override { return value_.target; }
  std::optional<Claim> claim() const override { return host_claim("udp", value_.target); }

  std::optional<Obstacle> try_out(asio::io_context& context, const Addresses& addresses) const override {
    return bind_obstacle(text(), try_udp_addresses(context, addresses, value_.target.port));
  }

  std::expected<Listening, std::string> listen(const ServiceSite& site, const ServiceTerms& terms,
                                               const Addresses& addresses) const override {
    auto listener = UdpListener::listen(site.connections, addresses, value_.target.port,
                                        purpose_of(terms, StreamKind::datagrams), value_.terms(terms));
    if (!listener) {
      return std::unexpected(
          fmt::format("Could not listen on {}: {}", text(), listen_text(error_number(listener.error()))));
    }
    Listening listening;
    for (const udp::endpoint& address : (*listener)->addresses()) {
      listening.places.push_back("udp:" + to_string(Target{address.address().to_string(), address.port()}));
      if (!address.address().is_loopback())
        listening.warnings.push_back(exposed_message(listening.places.back()));
    }
    listening.port = (*listener)->address().port();
    site.connections.add(std::move(*listener));
    return listening;
  }
};

class UdpClientPlace final : public PlaceOf<ConnectPlace, UdpPort> {
 public:
  using PlaceOf::PlaceOf;

  StreamKind streams() const override { return StreamKind::datagrams; }
  std::string text() const override { return "udp:" + to_string(value_.target); }
  void offer(const ServiceSite& site, const ServiceTerms& terms) const override {
    site.connections.offer(terms.name,
                           std::make_unique<UdpTarget>(site.connections, terms.name, value_.target,
                                                       value_.terms(terms), value_.answers));
  }
};

constexpr KindOption kIdleOption = {"idle=", "idle=SECONDS", "for UDP, as in udp:53"};
constexpr KindOption kLateOption = {"late=", "late=SECONDS", "for UDP, as in udp:53"};
constexpr KindOption kAnyPortOption = {"anyport", "anyport",
                                       "for a --client with UDP, as in udp:192.168.0.1:69,anyport"};
constexpr std::array kUdpOptions = {kIdleOption, kLateOption, kAnyPortOption};

std::expected<Duration, std::string> parse_duration(std::string_view value) {
  const auto time = seconds_from_text(value, kMaxTime);
  if (time && *time > Duration{}) return *time;
  return std::unexpected(
      fmt::format("'{}' is not a number of seconds greater than 0, and at most {}", value, kMaxTime.count()));
}

enum class Side : std::uint8_t { server, client };

std::expected<UdpPort, std::string> with_options(std::expected<Target, std::string> target, Side side,
                                                 const PlaceText& text) {
  if (!target) return std::unexpected(target.error());
  UdpPort port{.target = std::move(*target)};
  for (const std::string_view option : text.options) {
    if (side == Side::client && kAnyPortOption.is(option)) {
      port.answers = UdpTarget::Answers::from_any_port;
    } else if (kIdleOption.is(option) || kLateOption.is(option)) {
      const auto duration = parse_duration(option.substr(option.find('=') + 1));
      if (!duration) return std::unexpected(duration.error());
      (kIdleOption.is(option) ? port.idle : port.late) = *duration;
    } else {
      return std::unexpected(option_not_taken(option));
    }
  }
  return port;
}

class UdpKind final : public ServiceKind {
 public:
  std::string_view prefix() const override { return "udp:"; }
  Commas commas() const override { return Commas::begin_options; }
  std::string_view options_are() const override { return "for UDP"; }
  std::span<const KindOption> options() const override { return kUdpOptions; }

  ParsedPlace<ListenPlace> parse_server(const PlaceText& text) const override {
    auto port = with_options(parse_bind_address(text.where, text.family), Side::server, text);
    if (!port) return std::unexpected(port.error());
    return std::make_shared<UdpServerPlace>(std::move(*port));
  }

  ParsedPlace<ConnectPlace> parse_client(const PlaceText& text) const override {
    auto port = with_options(parse_target(text.where, text.family), Side::client, text);
    if (!port) return std::unexpected(port.error());
    return std::make_shared<UdpClientPlace>(std::move(*port));
  }
};

}  // namespace

const ServiceKind& udp_kind() {
  static const UdpKind kind;
  return kind;
}

}  // namespace serialtcp::io
