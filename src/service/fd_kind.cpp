// Sockets that a service manager has passed to this program: "fd:web".
#include <fmt/format.h>

#include <algorithm>

#include "net/address.h"
#include "net/passed_listener.h"
#include "net/passed_sockets.h"
#include "service/service_kinds.h"

namespace serialtcp::io {

namespace {

/// The longest that systemd accepts.
constexpr std::size_t kMaxName = 255;

class PassedPlace final : public PlaceOf<FrontEndPlace, std::string> {
 public:
  using PlaceOf::PlaceOf;

  std::string text() const override { return "fd:" + value_; }
  std::optional<Target> host() const override { return std::nullopt; }
  std::optional<Claim> claim() const override { return Claim{.space = "fd", .key = value_}; }

  std::optional<Obstacle> try_out(asio::io_context&, const Addresses&) const override {
    const auto sockets = PassedSockets::of_this_process().named(value_);
    if (sockets) return std::nullopt;
    return Obstacle{.kind = Obstacle::Kind::not_passed,
                    .text = fmt::format("Could not listen on {}: {}", text(), sockets.error())};
  }

  std::expected<Made, std::string> make(asio::io_context& context, Observer& observer,
                                        const Addresses&) const override {
    const auto failed = [this](const std::string& why) {
      return std::unexpected(fmt::format("Could not listen on {}: {}", text(), why));
    };
    const auto sockets = PassedSockets::of_this_process().named(value_);
    if (!sockets) return failed(sockets.error());
    auto listener = PassedListener::listen(context, *sockets, observer);
    if (!listener) return failed(listener.error());
    Made made;
    for (const StreamEndpoint& endpoint : (*listener)->endpoints()) describe(endpoint, made.listening);
    made.front_end = std::move(*listener);
    return made;
  }

 private:
  void describe(const StreamEndpoint& endpoint, Listening& listening) const {
    if (endpoint.data()->sa_family == AF_UNIX) return listening.places.push_back(text());
    const tcp::endpoint address = tcp_endpoint(endpoint);
    const std::string where = to_string(Target{address.address().to_string(), address.port()});
    listening.places.push_back(fmt::format("{} ({})", text(), where));
    if (!address.address().is_loopback()) {
      listening.warnings.push_back(fmt::format(
          "WARNING: whoever can reach {} can connect through the cable: ListenStream=127.0.0.1:{} in "
          "the .socket unit is for this machine only",
          where, address.port()));
    }
    if (!listening.port) listening.port = address.port();
  }
};

class FdKind final : public ServiceKind {
 public:
  std::string_view prefix() const override { return "fd:"; }
  Commas commas() const override { return Commas::begin_options; }
  std::string_view options_are() const override { return "for sockets of a service manager"; }
  std::span<const KindOption> options() const override { return {}; }

  ParsedPlace<ListenPlace> parse_server(const PlaceText& text) const override {
    const auto fits = [](char c) { return c > ' ' && c <= '~' && c != ':'; };
    if (text.where.empty() || text.where.size() > kMaxName || !std::ranges::all_of(text.where, fits)) {
      return std::unexpected(fmt::format(
          "fd: needs the name of a socket that a service manager passes (FileDescriptorName= in a "
          ".socket unit), of up to {} characters without blanks and colons",
          kMaxName));
    }
    if (!text.options.empty()) return std::unexpected(option_not_taken(text.options.front()));
    return std::make_shared<PassedPlace>(std::string(text.where));
  }

  ParsedPlace<ConnectPlace> parse_client(const PlaceText&) const override {
    return std::unexpected("fd: is for --server: such a socket listens, it cannot be connected to");
  }
};

}  // namespace

const ServiceKind& fd_kind() {
  static const FdKind kind;
  return kind;
}

}  // namespace serialtcp::io
