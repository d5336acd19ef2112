// Each address is tried on its own; the first failure ends all.
#include "cli/link_listeners.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "cli/edition.h"
#include "cli/link_services.h"
#include "net/address.h"
#include "net/listen_addresses.h"
#include "os/error_text.h"
#include "service/local_forward.h"
#include "service/service_kinds.h"

namespace serialtcp::cli {

LinkListeners::LinkListeners(const LinkOptions& options, const io::ProcessShares& shares, io::Driver& driver,
                             io::asio::io_context& context, io::Observer& observer)
    : options_(options),
      site_{driver.connections(), shares, options.connect_timeout},
      driver_(driver),
      context_(context),
      observer_(observer),
      timer_(context) {
  for (const ServerSpec& spec : options_.servers) add_service(spec);
  for (const ForwardSpec& spec : options_.local_forwards) add_forward(spec);
  for (const wire::Address& at : options_.dynamic_forwards) add_proxy(at);
}

LinkListeners::~LinkListeners() {
  stop();
}

void LinkListeners::start(Done done) {
  done_ = std::move(done);
  for (std::size_t i = 0; i < listeners_.size() && done_; ++i) begin(i);
  finish_if_over();
  if (done_) tell_later();
}

void LinkListeners::stop() {
  done_ = nullptr;
  timer_.cancel();
  for (Listener& listener : listeners_) {
    if (listener.asked) driver_.resolver().withdraw(*std::exchange(listener.asked, std::nullopt));
  }
}

// ---- The places ----

void LinkListeners::add_service(const ServerSpec& spec) {
  io::ServiceTerms terms = spec;
  terms.refuse = terms.refuse || options_.no_queue;
  const bool datagrams = spec.place->streams() == StreamKind::datagrams;
  listeners_.push_back(
      {.place = spec.place,
       .kind = "service",
       .service = spec.name,
       .purpose = fmt::format("{}{} to go through {}", datagrams ? "datagrams" : "connections",
                              of_service(spec), options_.port),
       .listen = [this, place = spec.place, terms](const Addresses& found) {
         return place->listen(site_, terms, found);
       }});
}

void LinkListeners::add_forward(const ForwardSpec& spec) {
  add_front_end(
      spec.listen, "forward",
      fmt::format("connections to {} at the other end of {}", io::to_string(spec.to), options_.port),
      [this, to = spec.to](std::unique_ptr<io::FrontEnd> front_end) {
        io::forward(driver_.connections(), to, std::move(front_end));
      });
}

void LinkListeners::add_proxy(const wire::Address& at) {
  add_front_end(
      at, "proxy",
      fmt::format("SOCKS and HTTP proxy clients, for addresses at the other end of {}", options_.port),
      [this](std::unique_ptr<io::FrontEnd> front_end) {
        edition().serve_proxy(driver_.connections(), std::move(front_end));
      });
}

void LinkListeners::add_front_end(const wire::Address& at, std::string kind, std::string purpose, Use use) {
  const auto place = io::tcp_place({io::host_text(at), at.port, options_.family});
  listeners_.push_back(
      {.place = place,
       .kind = std::move(kind),
       .service = "",
       .purpose = std::move(purpose),
       .listen = [this, place, use = std::move(use)](const Addresses& found) -> ListeningOrNot {
         auto made = place->make(context_, observer_, found);
         if (!made) return std::unexpected(made.error());
         if (options_.no_queue) made->front_end->refuse_while_stopped();
         use(std::move(made->front_end));
         return std::move(made->listening);
       }});
}

std::vector<control::ListenerStatus> LinkListeners::status() const {
  std::vector<control::ListenerStatus> list;
  for (const Listener& listener : listeners_)
    list.push_back({listener.service, listener.kind, listener.place->text(), listener.places});
  return list;
}

// ---- Names ----

void LinkListeners::begin(std::size_t index) {
  Listener& listener = listeners_[index];
  const auto host = listener.place->host();
  if (!host) return listen(index, {});
  const Addresses known = io::known_addresses_to_listen_at(*host);
  if (!known.empty()) return listen(index, known);
  listener.asked = driver_.resolver().look_up(
      host->host, host->family,
      lifetime_.guard([this, index](const io::Resolver::Result& result) { resolved(index, result); }));
}

void LinkListeners::resolved(std::size_t index, const io::Resolver::Result& result) {
  Listener& listener = listeners_[index];
  listener.asked.reset();
  if (!done_) return;
  if (result && !result->empty()) {
    listen(index, *result);
    return finish_if_over();
  }
  const bool silent = !result && result.error() == ResetReason::timed_out;
  const bool short_of = !result && result.error() == ResetReason::no_resources;
  const std::string why =
      silent     ? "the name server does not answer: give an address, or only the port"
      : short_of ? fmt::format("out of memory or of descriptors: free some, or {}", io::kMoreDescriptors)
                 : std::string(io::kNoSuchHostHere);
  fail(fmt::format("Could not listen on {}: {}", listener.place->text(), why));
}

void LinkListeners::listen(std::size_t index, const Addresses& addresses) {
  Listener& listener = listeners_[index];
  const auto listening = listener.listen(addresses);
  if (!listening) return fail(listening.error());
  for (const std::string& place : listening->places)
    observer_.note(fmt::format("listening on {} for {}", place, listener.purpose));
  for (const std::string& warning : listening->warnings) observer_.note(warning);
  listener.places = listening->places;
  listener.port = listening->port;
  listener.over = true;
}

void LinkListeners::fail(const std::string& why) {
  Done done = std::exchange(done_, nullptr);
  stop();
  if (done) done(std::unexpected(why));
}

void LinkListeners::finish_if_over() {
  if (!done_ || !std::ranges::all_of(listeners_, &Listener::over)) return;
  timer_.cancel();
  std::vector<std::uint16_t> ports;
  for (const Listener& listener : listeners_) {
    if (listener.port) ports.push_back(*listener.port);
  }
  std::exchange(done_, nullptr)(ports);
}

void LinkListeners::tell_later() {
  timer_.expires_after(kToldAfter);
  timer_.async_wait(lifetime_.guard([this](io::ErrorCode cancelled) {
    if (cancelled || !done_) return;
    for (const Listener& listener : listeners_) {
      if (!listener.asked) continue;
      observer_.note(fmt::format("not listening on {} yet: no name server has answered for '{}' so far",
                                 listener.place->text(), listener.place->host()->host));
    }
  }));
}

}  // namespace serialtcp::cli
