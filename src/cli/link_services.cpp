// Clients first: what can be reached is there before anybody can ask for it.
#include "cli/link_services.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "cli/link_forwards.h"
#include "cli/messages.h"
#include "cli/service_factory.h"
#include "io/udp_listener.h"
#include "io/udp_target.h"

namespace serialtcp::cli {

namespace {

std::string label(const ServiceSpec& spec) {
  return spec.name.empty() ? "" : fmt::format(" of '{}'", spec.name);
}

/// What the services of one link are set up in.
struct Site {
  const LinkOptions& options;
  const io::ProcessShares& shares;
  io::Driver& driver;
  io::asio::io_context& context;
  io::Observer& observer;
};

io::DatagramTerms datagram_terms(const ServiceSpec& spec) {
  io::DatagramTerms terms;
  terms.idle = spec.idle.value_or(terms.idle);
  terms.late = spec.late.value_or(terms.late);
  terms.limit = spec.limit;
  return terms;
}

void offer_udp(const Site& site, const ServiceSpec& spec, const io::Target& to) {
  auto target =
      std::make_unique<io::UdpTarget>(site.driver.connections(), spec.name, to, datagram_terms(spec));
  site.observer.note(fmt::format("sending datagrams{} that come through {} to {}", label(spec),
                                 site.options.port, target->name()));
  site.driver.connections().offer(spec.name, std::move(target));
}

void offer(const Site& site, const ServiceSpec& spec) {
  if (const auto* const at = std::get_if<UdpPort>(&spec.place)) return offer_udp(site, spec, at->target);
  auto target = make_back_end(spec, site.context, site.driver.resolver(), site.observer,
                              site.options.connect_timeout, site.shares);
  site.observer.note(fmt::format("connecting to {} for each connection{} that comes through {}",
                                 target->name(), label(spec), site.options.port));
  site.driver.offer(spec.name, std::move(target), spec.limit);
}

Purpose purpose_of(const ServiceSpec& spec, StreamKind kind) {
  Purpose purpose;
  purpose.name = spec.name;
  purpose.priority = spec.priority;
  purpose.kind = kind;
  return purpose;
}

using PortOrNot = std::expected<std::optional<std::uint16_t>, std::string>;

PortOrNot listen_udp(const Site& site, const ServiceSpec& spec, const io::Target& at) {
  auto listener = io::UdpListener::listen(site.driver.connections(), at,
                                          purpose_of(spec, StreamKind::datagrams), datagram_terms(spec));
  if (!listener) return std::unexpected(listener.error());
  const io::udp::endpoint address = (*listener)->address();
  const std::string where = "udp:" + io::to_string(io::Target{address.address().to_string(), address.port()});
  site.observer.note(
      fmt::format("listening on {} for datagrams{} to go through {}", where, label(spec), site.options.port));
  if (!address.address().is_loopback()) site.observer.note(exposed_message(where));
  site.driver.connections().add(std::move(*listener));
  return address.port();
}

/// The port, if there is one.
PortOrNot listen(const Site& site, const ServiceSpec& spec) {
  if (const auto* const at = std::get_if<UdpPort>(&spec.place)) return listen_udp(site, spec, at->target);
  auto made = make_front_end(spec, site.context, site.observer);
  if (!made) return std::unexpected(made.error());
  site.observer.note(fmt::format("listening on {} for connections{} to go through {}", made->where,
                                 label(spec), site.options.port));
  if (made->exposed == Exposed::yes) site.observer.note(exposed_message(made->where));
  if (spec.refuse || site.options.no_queue) made->front_end->refuse_while_stopped();
  site.driver.serve(purpose_of(spec, StreamKind::bytes), std::move(made->front_end), spec.limit);
  return made->port;
}

}  // namespace

std::expected<std::vector<std::uint16_t>, std::string> set_up_services(const LinkOptions& options,
                                                                       const io::ProcessShares& shares,
                                                                       io::Driver& driver,
                                                                       io::asio::io_context& context,
                                                                       io::Observer& observer) {
  const Site site{options, shares, driver, context, observer};
  for (const ServiceSpec& spec : options.clients) offer(site, spec);
  std::vector<std::uint16_t> ports;
  for (const ServiceSpec& spec : options.servers) {
    const auto port = listen(site, spec);
    if (!port) return std::unexpected(port.error());
    if (*port) ports.push_back(**port);
  }
  const auto forwards = set_up_forwards(options, driver, context, observer);
  if (!forwards) return forwards;
  ports.insert(ports.end(), forwards->begin(), forwards->end());
  return ports;
}

}  // namespace serialtcp::cli
