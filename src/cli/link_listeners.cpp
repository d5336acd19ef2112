// Each place is judged by itself; the first that fails ends all.
#include "cli/link_listeners.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "cli/link_services.h"
#include "cli/messages.h"
#include "cli/service_factory.h"
#include "net/address.h"
#include "net/listen_addresses.h"
#include "service/local_forward.h"
#include "service/socks_server.h"
#include "service/udp_listener.h"

namespace serialtcp::cli {

namespace {

/// One line for each address, and a warning for each that others can reach.
void tell(io::Observer& observer, const MadeFrontEnd& made, std::string_view what) {
  for (const std::string& place : made.places)
    observer.note(fmt::format("listening on {} for {}", place, what));
  for (const std::string& place : made.exposed) observer.note(exposed_message(place));
}

}  // namespace

LinkListeners::LinkListeners(const LinkOptions& options, io::Driver& driver, io::asio::io_context& context,
                             io::Observer& observer)
    : options_(options), driver_(driver), context_(context), observer_(observer), timer_(context) {
  for (const ServiceSpec& spec : options_.servers) add_service(spec);
  for (const ForwardSpec& spec : options_.local_forwards) add_forward(spec);
  for (const wire::Address& at : options_.dynamic_forwards) add_socks(at);
}

LinkListeners::~LinkListeners() {
  stop();
}

void LinkListeners::start(Done done) {
  done_ = std::move(done);
  for (std::size_t i = 0; i < places_.size() && done_; ++i) begin(i);
  finish_if_over();
  if (done_) tell_later();
}

void LinkListeners::stop() {
  done_ = nullptr;
  timer_.cancel();
  for (Place& place : places_) {
    if (place.asked) driver_.resolver().withdraw(*std::exchange(place.asked, std::nullopt));
  }
}

// ---- The places ----

void LinkListeners::add_service(const ServiceSpec& spec) {
  if (const auto* const udp = std::get_if<UdpPort>(&spec.place)) {
    places_.push_back({.prefix = "udp:", .at = udp->target, .listen = [this, &spec](const Addresses& found) {
                         return listen_udp(spec, found);
                       }});
  } else if (const auto* const tcp = std::get_if<io::Target>(&spec.place)) {
    places_.push_back({.prefix = "", .at = *tcp, .listen = [this, &spec](const Addresses& found) {
                         return listen_tcp(spec, found);
                       }});
  } else {
    // Its path is not looked up: any address will do.
    places_.push_back({.prefix = "", .at = {.host = "localhost"}, .listen = [this, &spec](const Addresses&) {
                         return listen_unix(spec);
                       }});
  }
}

void LinkListeners::add_forward(const ForwardSpec& spec) {
  const io::Target at{io::host_text(spec.listen), spec.listen.port, options_.family};
  places_.push_back(
      {.prefix = "", .at = at, .listen = [this, &spec, at](const Addresses& found) -> PortOrNot {
         auto made = make_front_end(at, found, context_, observer_);
         if (!made) return std::unexpected(made.error());
         tell(observer_, *made,
              fmt::format("connections to {} at the other end of {}", io::to_string(spec.to), options_.port));
         if (options_.no_queue) made->front_end->refuse_while_stopped();
         io::forward(driver_.connections(), spec.to, std::move(made->front_end));
         return made->port;
       }});
}

void LinkListeners::add_socks(const wire::Address& address) {
  const io::Target at{io::host_text(address), address.port, options_.family};
  places_.push_back({.prefix = "", .at = at, .listen = [this, at](const Addresses& found) -> PortOrNot {
                       auto made = make_front_end(at, found, context_, observer_);
                       if (!made) return std::unexpected(made.error());
                       tell(
                           observer_, *made,
                           fmt::format("SOCKS clients, for addresses at the other end of {}", options_.port));
                       if (options_.no_queue) made->front_end->refuse_while_stopped();
                       io::Connections& connections = driver_.connections();
                       connections.add(std::make_unique<io::SocksServer>(
                           connections, std::move(made->front_end), io::SocksServer::Config{}));
                       return made->port;
                     }});
}

LinkListeners::PortOrNot LinkListeners::listen_tcp(const ServiceSpec& spec, const Addresses& addresses) {
  auto made = make_front_end(std::get<io::Target>(spec.place), addresses, context_, observer_);
  if (!made) return std::unexpected(made.error());
  tell(observer_, *made, fmt::format("connections{} to go through {}", of_service(spec), options_.port));
  if (spec.refuse || options_.no_queue) made->front_end->refuse_while_stopped();
  driver_.serve(purpose_of(spec, StreamKind::bytes), std::move(made->front_end), spec.limit);
  return made->port;
}

LinkListeners::PortOrNot LinkListeners::listen_unix(const ServiceSpec& spec) {
  auto made = make_front_end(std::get<UnixPath>(spec.place), context_, observer_);
  if (!made) return std::unexpected(made.error());
  tell(observer_, *made, fmt::format("connections{} to go through {}", of_service(spec), options_.port));
  if (spec.refuse || options_.no_queue) made->front_end->refuse_while_stopped();
  driver_.serve(purpose_of(spec, StreamKind::bytes), std::move(made->front_end), spec.limit);
  return made->port;
}

LinkListeners::PortOrNot LinkListeners::listen_udp(const ServiceSpec& spec, const Addresses& addresses) {
  const io::Target& at = std::get<UdpPort>(spec.place).target;
  auto listener = io::UdpListener::listen(driver_.connections(), addresses, at.port,
                                          purpose_of(spec, StreamKind::datagrams), datagram_terms(spec));
  if (!listener) return std::unexpected(cannot_listen("udp:" + io::to_string(at), listener.error()));
  for (const io::udp::endpoint& address : (*listener)->addresses()) {
    const std::string where =
        "udp:" + io::to_string(io::Target{address.address().to_string(), address.port()});
    observer_.note(fmt::format("listening on {} for datagrams{} to go through {}", where, of_service(spec),
                               options_.port));
    if (!address.address().is_loopback()) observer_.note(exposed_message(where));
  }
  const std::uint16_t port = (*listener)->address().port();
  driver_.connections().add(std::move(*listener));
  return port;
}

// ---- Names ----

void LinkListeners::begin(std::size_t index) {
  Place& place = places_[index];
  const Addresses known = io::known_addresses_to_listen_at(place.at);
  if (!known.empty()) return listen(index, known);
  place.asked = driver_.resolver().look_up(
      place.at.host, place.at.family,
      lifetime_.guard([this, index](const io::Resolver::Result& result) { resolved(index, result); }));
}

void LinkListeners::resolved(std::size_t index, const io::Resolver::Result& result) {
  Place& place = places_[index];
  place.asked.reset();
  if (!done_) return;
  if (result && !result->empty()) {
    listen(index, *result);
    return finish_if_over();
  }
  const bool silent = !result && result.error() == ResetReason::timed_out;
  const bool short_of = !result && result.error() == ResetReason::no_resources;
  const std::string_view why = silent ? "the name server does not answer: give an address, or only the port"
                               : short_of ? "out of memory or of descriptors: free some, or raise the limit "
                                            "with ulimit -n"
                                          : io::kNoSuchHostHere;
  fail(fmt::format("Could not listen on {}{}: {}", place.prefix, io::to_string(place.at), why));
}

void LinkListeners::listen(std::size_t index, const Addresses& addresses) {
  const auto port = places_[index].listen(addresses);
  if (!port) return fail(port.error());
  places_[index].port = *port;
  places_[index].over = true;
}

void LinkListeners::fail(const std::string& why) {
  Done done = std::exchange(done_, nullptr);
  stop();
  if (done) done(std::unexpected(why));
}

void LinkListeners::finish_if_over() {
  if (!done_ || !std::ranges::all_of(places_, &Place::over)) return;
  timer_.cancel();
  std::vector<std::uint16_t> ports;
  for (const Place& place : places_) {
    if (place.port) ports.push_back(*place.port);
  }
  std::exchange(done_, nullptr)(ports);
}

void LinkListeners::tell_later() {
  timer_.expires_after(kToldAfter);
  timer_.async_wait(lifetime_.guard([this](io::ErrorCode cancelled) {
    if (cancelled || !done_) return;
    for (const Place& place : places_) {
      if (!place.asked) continue;
      observer_.note(fmt::format("not listening on {}{} yet: no name server has answered for '{}' so far",
                                 place.prefix, io::to_string(place.at), place.at.host));
    }
  }));
}

}  // namespace serialtcp::cli
