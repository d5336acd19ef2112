// Nothing here waits: services are set up before the other end can request them.
#include "cli/link_services.h"

#include <fmt/format.h>

#include "cli/link_forwards.h"

namespace serialtcp::cli {

std::string of_service(const io::ServiceTerms& terms) {
  return terms.name.empty() ? "" : fmt::format(" of '{}'", terms.name);
}

void set_up_offers(const LinkOptions& options, const io::ProcessShares& shares,
                   const std::shared_ptr<getty::BoardConsole>& console, io::Driver& driver,
                   io::Observer& observer) {
  const io::ServiceSite site{driver.connections(), shares, options.connect_timeout};
  for (const ClientSpec& spec : options.clients) {
    spec.place->offer(site, spec);
    const bool datagrams = spec.place->streams() == StreamKind::datagrams;
    observer.note(datagrams ? fmt::format("sending datagrams{} that come through {} to {}", of_service(spec),
                                          options.port, spec.place->text())
                            : fmt::format("connecting to {} for each connection{} that comes through {}",
                                          spec.place->text(), of_service(spec), options.port));
  }
  set_up_forwards(options, shares, console, driver.connections());
}

}  // namespace serialtcp::cli
