// Clients first: what can be reached is there before anybody can ask for it.
#include "cli/link_services.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "cli/messages.h"
#include "cli/service_factory.h"

namespace serialtcp::cli {

namespace {

std::string label(const ServiceSpec& spec) {
  return spec.name.empty() ? "" : fmt::format(" of '{}'", spec.name);
}

/// What the services of one link are set up in.
struct Site {
  const LinkOptions& options;
  io::Driver& driver;
  io::asio::io_context& context;
  io::Observer& observer;
};

void offer(const Site& site, const ServiceSpec& spec) {
  auto target =
      make_back_end(spec, site.context, site.driver.resolver(), site.observer, site.options.connect_timeout);
  site.observer.note(fmt::format("connecting to {} for each connection{} that comes through {}",
                                 target->name(), label(spec), site.options.port));
  site.driver.offer(spec.name, std::move(target), spec.limit);
}

/// The TCP port, if it is one.
std::expected<std::optional<std::uint16_t>, std::string> listen(const Site& site, const ServiceSpec& spec) {
  auto made = make_front_end(spec, site.context, site.observer);
  if (!made) return std::unexpected(made.error());
  site.observer.note(fmt::format("listening on {} for connections{} to go through {}", made->where,
                                 label(spec), site.options.port));
  if (made->exposed == Exposed::yes) site.observer.note(exposed_message(made->where));
  Purpose purpose;
  purpose.name = spec.name;
  purpose.priority = spec.priority;
  site.driver.serve(purpose, std::move(made->front_end), spec.limit);
  return made->port;
}

}  // namespace

std::expected<std::vector<std::uint16_t>, std::string> set_up_services(const LinkOptions& options,
                                                                       io::Driver& driver,
                                                                       io::asio::io_context& context,
                                                                       io::Observer& observer) {
  const Site site{options, driver, context, observer};
  for (const ServiceSpec& spec : options.clients) offer(site, spec);
  std::vector<std::uint16_t> ports;
  for (const ServiceSpec& spec : options.servers) {
    const auto port = listen(site, spec);
    if (!port) return std::unexpected(port.error());
    if (*port) ports.push_back(**port);
  }
  return ports;
}

}  // namespace serialtcp::cli
