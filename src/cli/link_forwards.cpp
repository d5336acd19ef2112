// Requests of the other end are handled also if nothing is allowed: the refusal says which option would allow
// them.
#include "cli/link_forwards.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "cli/edition.h"
#include "net/address.h"
#include "net/listen_addresses.h"
#include "service/datagram_targets.h"
#include "service/forward_targets.h"
#include "service/listen_requests.h"
#include "service/remote_listeners.h"
#include "service/test_streams.h"

namespace serialtcp::cli {

namespace {

void allow(const LinkOptions& options, io::Connections& connections) {
  connections.add(std::make_unique<io::ForwardTargets>(
                      connections, io::ForwardTargets::Config{.allowed = io::AllowList(options.allowed),
                                                              .family = options.family,
                                                              .connect_timeout = options.connect_timeout,
                                                              .patience = request_patience(options)}),
                  services::kForward);
  connections.add(std::make_unique<io::DatagramTargets>(
                      connections, io::DatagramRelay::Config{.allowed = io::AllowList(options.allowed),
                                                             .family = options.family}),
                  services::kDatagrams);
  connections.add(
      std::make_unique<io::RemoteListeners>(
          connections, io::RemoteListeners::Config{.allowed = io::AllowList(options.allowed_listen),
                                                   .family = options.family,
                                                   .patience = request_patience(options)}),
      services::kListen);
  // Whoever has the cable may test it: nothing else is reached by that.
  connections.add(std::make_unique<io::TestStreams>(connections), services::kTest);
}

/// In the form that every version understands: none of them means both families at once.
wire::Address remote(const wire::Address& at, io::Family family) {
  if (io::host_text(at) != io::kEveryInterface) return at;
  return io::to_address(std::string(family == io::Family::ipv6 ? "::" : "0.0.0.0"), at.port);
}

void ask_to_listen(const LinkOptions& options, io::Connections& connections) {
  std::vector<io::ListenRequests::Wish> wishes;
  for (const ForwardSpec& spec : options.remote_forwards)
    wishes.push_back(
        {remote(spec.listen, options.family), {io::host_text(spec.to), spec.to.port, options.family}});
  connections.add(std::make_unique<io::ListenRequests>(
                      connections, io::ListenRequests::Config{.wishes = std::move(wishes),
                                                              .connect_timeout = options.connect_timeout,
                                                              .patience = request_patience(options)}),
                  services::kForwarded);
}

}  // namespace

void set_up_forwards(const LinkOptions& options, const io::ProcessShares& shares,
                     const std::shared_ptr<getty::BoardConsole>& console, io::Connections& connections) {
  allow(options, connections);
  if (edition().offer_sessions != nullptr) edition().offer_sessions(options, shares, console, connections);
  if (!options.remote_forwards.empty()) ask_to_listen(options, connections);
}

}  // namespace serialtcp::cli
