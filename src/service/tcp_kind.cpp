// TCP: "8080", "0.0.0.0:8080"; "192.168.0.1:80".
#include <fmt/format.h>

#include "net/connector.h"
#include "net/listen_addresses.h"
#include "net/target_text.h"
#include "net/tcp_listener.h"
#include "os/error_text.h"
#include "service/forward_text.h"
#include "service/host_claim.h"
#include "service/service_kinds.h"

namespace serialtcp::io {

namespace {

class TcpServerPlace final : public PlaceOf<FrontEndPlace, Target> {
 public:
  using PlaceOf::PlaceOf;

  std::string text() const override { return to_string(value_); }
  std::optional<Target> host() const override { return value_; }
  std::optional<Claim> claim() const override { return host_claim("tcp", value_); }

  std::optional<Obstacle> try_out(asio::io_context& context, const Addresses& addresses) const override {
    return bind_obstacle(text(), try_tcp_addresses(context, addresses, value_.port));
  }

  std::expected<Made, std::string> make(asio::io_context& context, Observer& observer,
                                        const Addresses& addresses) const override {
    auto listener = TcpListener::listen(context, addresses, value_.port, observer);
    if (!listener) {
      return std::unexpected(
          fmt::format("Could not listen on {}: {}", text(), listen_text(error_number(listener.error()))));
    }
    Made made;
    for (const tcp::endpoint& address : (*listener)->addresses()) {
      made.listening.places.push_back(to_string(Target{address.address().to_string(), address.port()}));
      if (!address.address().is_loopback())
        made.listening.warnings.push_back(exposed_message(made.listening.places.back()));
    }
    made.listening.port = (*listener)->address().port();
    made.front_end = std::move(*listener);
    return made;
  }
};

class TcpClientPlace final : public PlaceOf<ConnectPlace, Target> {
 public:
  using PlaceOf::PlaceOf;

  StreamKind streams() const override { return StreamKind::bytes; }
  std::string text() const override { return to_string(value_); }
  void offer(const ServiceSite& site, const ServiceTerms& terms) const override {
    site.connections.offer(
        terms.name,
        std::make_unique<TcpTarget>(site.connections.context(), site.connections.resolver(), value_,
                                    site.connect_timeout),
        terms.limit);
  }
};

class TcpKind final : public ServiceKind {
 public:
  std::string_view prefix() const override { return ""; }
  Commas commas() const override { return Commas::begin_options; }
  std::string_view options_are() const override { return "for TCP"; }
  std::span<const KindOption> options() const override { return {}; }

  ParsedPlace<ListenPlace> parse_server(const PlaceText& text) const override {
    auto at = parse_bind_address(text.where, text.family);
    if (!at) return std::unexpected(at.error());
    if (!text.options.empty()) return std::unexpected(option_not_taken(text.options.front()));
    return std::make_shared<TcpServerPlace>(std::move(*at));
  }

  ParsedPlace<ConnectPlace> parse_client(const PlaceText& text) const override {
    auto to = parse_target(text.where, text.family);
    if (!to) return std::unexpected(to.error());
    if (!text.options.empty()) return std::unexpected(option_not_taken(text.options.front()));
    return std::make_shared<TcpClientPlace>(std::move(*to));
  }
};

}  // namespace

const ServiceKind& tcp_kind() {
  static const TcpKind kind;
  return kind;
}

std::shared_ptr<const FrontEndPlace> tcp_place(const Target& at) {
  return std::make_shared<TcpServerPlace>(at);
}

}  // namespace serialtcp::io
