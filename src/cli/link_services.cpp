// Nothing here waits for anything: what can be reached is there before anybody can ask for it.
#include "cli/link_services.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "cli/link_forwards.h"
#include "cli/service_factory.h"
#include "service/udp_target.h"

namespace serialtcp::cli {

namespace {

/// What the services of one link are set up in.
struct Site {
  const LinkOptions& options;
  const io::ProcessShares& shares;
  io::Driver& driver;
  io::asio::io_context& context;
  io::Observer& observer;
};

void offer_udp(const Site& site, const ServiceSpec& spec, const io::Target& to) {
  auto target = std::make_unique<io::UdpTarget>(site.driver.connections(), spec.name, to,
                                                datagram_terms(spec), spec.answers);
  site.observer.note(fmt::format("sending datagrams{} that come through {} to {}", of_service(spec),
                                 site.options.port, target->name()));
  site.driver.connections().offer(spec.name, std::move(target));
}

void offer(const Site& site, const ServiceSpec& spec) {
  if (const auto* const at = std::get_if<UdpPort>(&spec.place)) return offer_udp(site, spec, at->target);
  auto target = make_back_end(spec, site.context, site.driver.resolver(), site.observer,
                              site.options.connect_timeout, site.shares);
  site.observer.note(fmt::format("connecting to {} for each connection{} that comes through {}",
                                 target->name(), of_service(spec), site.options.port));
  site.driver.offer(spec.name, std::move(target), spec.limit);
}

}  // namespace

std::string of_service(const ServiceSpec& spec) {
  return spec.name.empty() ? "" : fmt::format(" of '{}'", spec.name);
}

Purpose purpose_of(const ServiceSpec& spec, StreamKind kind) {
  Purpose purpose;
  purpose.name = spec.name;
  purpose.priority = spec.priority;
  purpose.kind = kind;
  return purpose;
}

io::DatagramTerms datagram_terms(const ServiceSpec& spec) {
  io::DatagramTerms terms;
  terms.idle = spec.idle.value_or(terms.idle);
  terms.late = spec.late.value_or(terms.late);
  terms.limit = spec.limit;
  return terms;
}

void set_up_offers(const LinkOptions& options, const io::ProcessShares& shares, io::Driver& driver,
                   io::asio::io_context& context, io::Observer& observer) {
  const Site site{options, shares, driver, context, observer};
  for (const ServiceSpec& spec : options.clients) offer(site, spec);
  set_up_forwards(options, driver.connections());
}

}  // namespace serialtcp::cli
