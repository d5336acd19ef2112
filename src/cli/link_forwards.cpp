// What the other end may ask for is there whether or not anything is allowed: a refusal says what would allow
// it.
#include "cli/link_forwards.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "cli/messages.h"
#include "cli/service_factory.h"
#include "io/address.h"
#include "io/datagram_targets.h"
#include "io/forward_targets.h"
#include "io/listen_requests.h"
#include "io/remote_listeners.h"
#include "io/socks_server.h"

namespace serialtcp::cli {

namespace {

/// While the line is away, a request is not late.
Duration patience(const LinkOptions& options) {
  return io::kRequestPatience + std::min<Duration>(options.hold, std::chrono::hours(24));
}

void allow(const LinkOptions& options, io::Connections& connections) {
  connections.add(std::make_unique<io::ForwardTargets>(
                      connections, io::ForwardTargets::Config{.allowed = io::AllowList(options.allowed),
                                                              .family = options.family,
                                                              .connect_timeout = options.connect_timeout,
                                                              .patience = patience(options)}),
                  services::kForward);
  connections.add(std::make_unique<io::DatagramTargets>(
                      connections, io::DatagramRelay::Config{.allowed = io::AllowList(options.allowed),
                                                             .family = options.family}),
                  services::kDatagrams);
  connections.add(
      std::make_unique<io::RemoteListeners>(
          connections, io::RemoteListeners::Config{.allowed = io::AllowList(options.allowed_listen),
                                                   .family = options.family,
                                                   .patience = patience(options)}),
      services::kListen);
}

void ask_to_listen(const LinkOptions& options, io::Connections& connections) {
  std::vector<io::ListenRequests::Wish> wishes;
  for (const ForwardSpec& spec : options.remote_forwards)
    wishes.push_back({spec.listen, {io::host_text(spec.to), spec.to.port, options.family}});
  connections.add(std::make_unique<io::ListenRequests>(
                      connections, io::ListenRequests::Config{.wishes = std::move(wishes),
                                                              .connect_timeout = options.connect_timeout,
                                                              .patience = patience(options)}),
                  services::kForwarded);
}

}  // namespace

std::expected<std::vector<std::uint16_t>, std::string> set_up_forwards(const LinkOptions& options,
                                                                       io::Driver& driver,
                                                                       io::asio::io_context& context,
                                                                       io::Observer& observer) {
  allow(options, driver.connections());
  if (!options.remote_forwards.empty()) ask_to_listen(options, driver.connections());
  std::vector<std::uint16_t> ports;
  const auto listen =
      [&](const line::Address& at,
          const std::string& what) -> std::expected<std::unique_ptr<io::FrontEnd>, std::string> {
    ServiceSpec place;
    place.place = io::Target{io::host_text(at), at.port};
    auto made = make_front_end(place, context, observer);
    if (!made) return std::unexpected(made.error());
    observer.note(fmt::format("listening on {} for {}", made->where, what));
    if (made->exposed == Exposed::yes) observer.note(exposed_message(made->where));
    if (made->port) ports.push_back(*made->port);
    if (options.no_queue) made->front_end->refuse_while_stopped();
    return std::move(made->front_end);
  };
  io::Connections& connections = driver.connections();
  for (const ForwardSpec& spec : options.local_forwards) {
    auto front_end = listen(spec.listen, fmt::format("connections to {} at the other end of {}",
                                                     io::to_string(spec.to), options.port));
    if (!front_end) return std::unexpected(front_end.error());
    connections.forward(spec.to, std::move(*front_end));
  }
  for (const line::Address& at : options.dynamic_forwards) {
    auto front_end =
        listen(at, fmt::format("SOCKS clients, for addresses at the other end of {}", options.port));
    if (!front_end) return std::unexpected(front_end.error());
    connections.add(
        std::make_unique<io::SocksServer>(connections, std::move(*front_end), io::SocksServer::Config{}));
  }
  return ports;
}

}  // namespace serialtcp::cli
