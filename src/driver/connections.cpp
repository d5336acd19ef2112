// Beginnings and ends of connections.
#include "driver/connections.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "driver/failure_text.h"
#include "driver/ip_service.h"
#include "net/address.h"
#include "os/clock.h"
#include "os/error_text.h"
#include "os/text.h"

namespace serialtcp::io {

namespace {

/// The kind of stream of a service by number.
StreamKind kind_of(ServiceId number) {
  return number == services::kDatagrams ? StreamKind::datagrams : StreamKind::bytes;
}

/// What offers the datagrams of a service that is called by a name, or by a number and a name; of another number, none.
std::string offer_of(const Purpose& purpose) {
  if (purpose.service == services::kIp) return ip_offer(purpose.name);
  return purpose.service == ServiceId{} ? purpose.name : "number only";
}

}  // namespace

Connections::Connections(asio::io_context& context, Endpoint& endpoint, Observer& observer,
                         std::function<void()> kick, const ProcessShares& shares)
    : context_(context),
      endpoint_(endpoint),
      observer_(observer),
      kick_(std::move(kick)),
      resolver_(context, Resolver::system_lookup, shares.lookups, shares.hanging_lookups),
      watch_timer_(context),
      clients_timer_(context),
      share_(shares.connections, [this] { return connections_.size() + handlers_.size(); }),
      opens_(shares.opens) {}

Connections::~Connections() {
  abandon_all();
}

void Connections::serve(const Purpose& purpose, std::unique_ptr<FrontEnd> front_end,
                        std::optional<std::uint64_t> limit) {
  serve(Incoming{.purpose = purpose, .shapers = make_shapers(context_, limit)}, std::move(front_end));
}

void Connections::serve(Incoming incoming, std::unique_ptr<FrontEnd> front_end) {
  front_end->on_accepted(
      [this, incoming = std::move(incoming)](StreamSocket socket, const std::string& from) {
        carry(incoming, std::move(socket), from);
      });
  front_end->expect(endpoint_.rate());
  if (endpoint_.link_up()) front_end->start();
  front_ends_.push_back(std::move(front_end));
  watch_clients();
}

void Connections::offer(const std::string& name, std::unique_ptr<BackEnd> back_end,
                        std::optional<std::uint64_t> limit) {
  offers_.insert_or_assign(name, Offer{std::move(back_end), make_shapers(context_, limit)});
}

void Connections::offer(const std::string& name, std::unique_ptr<StreamService> service) {
  datagram_offers_.insert_or_assign(name, service.get());
  add(std::move(service));
}

void Connections::add(std::unique_ptr<StreamService> service, std::optional<ServiceId> number) {
  if (number) numbered_.insert_or_assign(number->value, service.get());
  if (endpoint_.link_up()) service->link_up();
  services_.push_back(std::move(service));
}

void Connections::link_up() {
  clients_wait_ = false;
  for (const auto& front_end : front_ends_) front_end->start();
  for (const auto& service : services_) service->link_up();
}

void Connections::link_down() {
  clients_wait_ = true;
  watch_clients();
  for (const auto& front_end : front_ends_) front_end->stop();
  for (const auto& service : services_) service->link_down();
}

void Connections::pause() {
  clients_wait_ = true;
  watch_clients();
  for (const auto& front_end : front_ends_) front_end->stop();
  for (const auto& service : services_) service->pause();
}

void Connections::link_away() {
  pause();
  drop_clients_that_have_gone();
}

void Connections::link_back() {
  clients_wait_ = false;
  // Before any of their data is sent.
  drop_clients_that_have_gone();
  for (const auto& front_end : front_ends_) front_end->start();
  for (const auto& service : services_) service->go_on();
}

void Connections::watch_clients() {
  if (!clients_wait_ || front_ends_.empty() || std::exchange(clients_watched_, true)) return;
  clients_timer_.expires_after(kClientsInterval);
  clients_timer_.async_wait(lifetime_.guard([this](ErrorCode cancelled) {
    clients_watched_ = false;
    if (!cancelled) check_clients();
  }));
}

/// Reported when the first ones are there, and then less and less often.
void Connections::check_clients() {
  std::size_t clients = 0;
  if (clients_wait_) {
    for (const auto& front_end : front_ends_) clients += front_end->waiting();
  }
  const Time time = now();
  if (clients == 0) {
    clients_wait_since_ = {};
  } else {
    if (clients_wait_since_ == Time{}) {
      clients_wait_since_ = time;
      clients_again_ = GrowingInterval(kClientsInterval);
      observer_.clients_wait(clients);
    } else if (clients_again_.due(time - clients_wait_since_)) {
      observer_.clients_wait(clients);
    }
  }
  watch_clients();
}

void Connections::drop_clients_that_have_gone() {
  std::vector<std::shared_ptr<SocketStream>> streams;
  for (const auto& [id, connection] : connections_) {
    if (!endpoint_.is_known_to_peer(id)) streams.push_back(connection.stream);
  }
  for (const auto& stream : streams) stream->drop_if_gone();
}

void Connections::refuse_clients() {
  for (const auto& front_end : front_ends_) front_end->close();
  for (const auto& service : services_) service->refuse_clients();
}

Connections::Left Connections::left() const {
  Left left;
  for (const auto& [id, connection] : connections_) {
    left.input += connection.stream->input_left();
    left.output += connection.stream->output_left();
  }
  return left;
}

// ---- Beginnings ----

std::expected<StreamId, StreamError> Connections::open(const Purpose& purpose, ByteView preface) {
  if (!share_.may_add()) return std::unexpected(StreamError::too_many_streams);
  const auto id = endpoint_.open(purpose, now());
  if (id && !preface.empty()) {
    const auto taken = endpoint_.write(*id, preface, now());
    CHECK(taken && *taken == preface.size());  // a new stream has space for more
  }
  kick_();
  return id;
}

void Connections::carry(const Incoming& incoming, StreamSocket socket, const std::string& from) {
  const std::uint64_t number = next_number();
  const auto id = open(incoming.purpose, incoming.preface);
  const std::string what =
      fmt::format("{}from {}{}", service_label(incoming.purpose.name), from, incoming.remark);
  if (!id) {
    ErrorCode ignored;
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
    socket.close(ignored);  // the destructor would undo the option
    observer_.connection_over(number, Observer::Ending::failed,
                              fmt::format("{}, reset: {}", what, open_failure(id.error())));
    return;
  }
  observer_.connection(number, what);
  tie(*id, number, std::move(socket),
      {.shapers = incoming.shapers,
       .option = incoming.option,
       .client = from,
       .target = incoming.to,
       .what = what});
}

void Connections::tie(StreamId id, std::uint64_t number, StreamSocket socket, Tie tie) {
  auto stream = std::make_shared<SocketStream>(*this, context_, id, number);
  connections_.emplace(id, Connection{.stream = stream,
                                      .what = std::move(tie.what),
                                      .option = std::move(tie.option),
                                      .client = std::move(tie.client),
                                      .target = std::move(tie.target),
                                      .over = std::move(tie.over)});
  stream->attach(std::move(socket), tie.shapers, Gone::is_reset, std::move(tie.first));
}

void Connections::handle(const event::Opened& opened) {
  const Purpose* const said = endpoint_.purpose(opened.stream);
  if (said == nullptr) return;  // it has been reset since
  const Purpose purpose = *said;
  if (refuses_streams_) {
    endpoint_.reset(opened.stream, ResetReason::refused, now());
    return kick_();
  }
  if (!admit(opened.stream)) return;
  if (const auto numbered = numbered_.find(purpose.service.value); numbered != numbered_.end()) {
    if (purpose.kind != kind_of(purpose.service)) return refuse_unknown(opened.stream, purpose);
    return numbered->second->opened(opened.stream);
  }
  if (purpose.kind == StreamKind::datagrams) {
    const auto found = datagram_offers_.find(offer_of(purpose));
    if (found == datagram_offers_.end()) return refuse_unknown(opened.stream, purpose);
    return found->second->opened(opened.stream);
  }
  if (purpose.service != ServiceId{}) return refuse_unknown(opened.stream, purpose);
  const auto found = offers_.find(purpose.name);
  if (found == offers_.end()) return refuse_unknown(opened.stream, purpose);
  const Offer& offer = found->second;
  const std::uint64_t number = next_number();
  reach(opened.stream, number,
        {.target = fmt::format("{}to {}", service_label(purpose.name), offer.back_end->name()),
         .shapers = offer.shapers,
         .when_gone = offer.back_end->when_gone()},
        [&](BackEnd::Done done) {
          offer.back_end->expect(endpoint_.rate() / std::max<std::size_t>(endpoint_.streams(), 1));
          return offer.back_end->reach(number, std::move(done));
        });
}

/// Whether the peer may have one more connection; if not, the stream has been reset.
bool Connections::admit(StreamId id) {
  if (share_.may_add() && opens_.take(now())) return true;
  endpoint_.reset(id, ResetReason::no_resources, now());
  kick_();
  ++refused_;
  if (refusal_told_ == Time::min() || now() - refusal_told_ >= kRefusalSilence) {
    refusal_told_ = now();
    observer_.note(fmt::format(
        "WARNING: the other end opens more connections than this program has room for beside those "
        "of its other links: {} refused",
        std::exchange(refused_, 0)));
  }
  return false;
}

void Connections::reach(StreamId id, std::uint64_t number, Outgoing outgoing, const Begin& begin) {
  Connection connection{.stream = std::make_shared<SocketStream>(*this, context_, id, number),
                        .what = outgoing.target,
                        .outgoing = std::move(outgoing)};
  connection.attempt = begin(lifetime_.guard(
      [this, id](std::expected<StreamSocket, ResetReason> result) { connected(id, std::move(result)); }));
  connection.attempt->expect(endpoint_.rate() / std::max<std::size_t>(endpoint_.streams(), 1));
  connections_.emplace(id, std::move(connection));
}

void Connections::refuse_unknown(StreamId id, const Purpose& purpose) {
  const std::string& name = purpose.name;
  const bool udp = purpose.kind == StreamKind::datagrams;
  const std::string called = name.empty() ? "the service without a name" : fmt::format("'{}'", name);
  if (purpose.service == services::kIp) {
    return reset(
        id, next_number(), ResetReason::no_such_service,
        fmt::format("it is an IP link for {}, and this end has none of that name: start it with --client "
                    "{}ip:INTERFACE",
                    called, name.empty() ? "" : name + "="));
  }
  const std::string option =
      fmt::format("--client {}{}HOST:PORT", name.empty() ? "" : name + "=", udp ? "udp:" : "");
  const bool other_kind = udp ? offers_.contains(name) : datagram_offers_.contains(name);
  const std::string why =
      other_kind ? fmt::format("it is {} for {}, which is {} at this end: use the same at both, as in {}",
                               udp ? "UDP" : "no UDP", called, udp ? "no UDP" : "UDP", option)
                 : fmt::format("it is {}for {}, and this end offers no such service: start it with {}",
                               udp ? "UDP " : "", called, option);
  reset(id, next_number(), ResetReason::no_such_service, why);
}

void Connections::reset(StreamId id, std::uint64_t number, ResetReason reason, std::string_view why) {
  endpoint_.reset(id, reason, now());
  kick_();
  observer_.connection_over(number, Observer::Ending::failed, fmt::format("reset: {}", why));
}

void Connections::connected(StreamId id, std::expected<StreamSocket, ResetReason> result) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  if (!result) return refuse(id, result.error());
  const auto stream = found->second.stream;
  const Outgoing& outgoing = found->second.outgoing;
  observer_.connection(stream->number(), outgoing.target);
  if (outgoing.answer == wire::Answer::wanted) {
    // If the stream has just been reset, its event is pending.
    [[maybe_unused]] const auto ignored = endpoint_.write(id, wire::preface(local_address(*result)), now());
  }
  endpoint_.connected(id, now());
  kick_();
  stream->attach(std::move(*result), outgoing.shapers, outgoing.when_gone);
}

void Connections::refuse(StreamId id, ResetReason reason) {
  const Connection& connection = connections_.at(id);
  const Outgoing& outgoing = connection.outgoing;
  endpoint_.reset(id, reason, now());
  kick_();
  std::string why(describe(reason));
  if (reason == ResetReason::no_resources) why += fmt::format(": {}", kMoreDescriptors);
  if (reason == ResetReason::not_allowed && !outgoing.option.empty())
    why = fmt::format("not allowed: start this end with {}", outgoing.option);
  observer_.connection_over(connection.stream->number(), Observer::Ending::failed,
                            fmt::format("{}: {}", outgoing.target, why));
  forget(id);
}

// ---- While they exist ----

void Connections::hold(StreamId id, std::shared_ptr<StreamHandler> handler) {
  handlers_.insert_or_assign(id, std::move(handler));
}

void Connections::let_go(StreamId id) {
  handlers_.erase(id);
}

std::shared_ptr<StreamHandler> Connections::handler(StreamId id) const {
  const auto found = handlers_.find(id);
  return found == handlers_.end() ? nullptr : found->second;
}

std::shared_ptr<SocketStream> Connections::find(StreamId id) const {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : found->second.stream;
}

void Connections::handle(const event::Readable& readable) {
  if (const auto stream = find(readable.stream)) return stream->readable();
  if (const auto held = handler(readable.stream)) held->readable();
}

void Connections::handle(const event::Writable& writable) {
  if (const auto stream = find(writable.stream)) return stream->writable();
  if (const auto held = handler(writable.stream)) held->writable();
}

void Connections::watch_peer(SocketStream& stream) {
  watched_.push_back(stream.weak_from_this());
  if (std::exchange(watching_, true)) return;
  watch_timer_.expires_after(VanishedPeer::kInterval);
  watch_timer_.async_wait(lifetime_.guard([this](ErrorCode cancelled) {
    if (!cancelled) check_peers();
  }));
}

void Connections::check_peers() {
  watching_ = false;
  for (const auto& weak : std::exchange(watched_, {})) {
    const auto stream = weak.lock();
    if (stream && stream->check_peer(now()) == SocketStream::PeerState::watched) watch_peer(*stream);
  }
}

// ---- Ends ----

void Connections::handle(const event::Reset& reset) {
  if (const auto held = handler(reset.stream)) {
    let_go(reset.stream);
    return held->reset(reset.reason);
  }
  const auto found = connections_.find(reset.stream);
  if (found == connections_.end()) return;
  const auto stream = found->second.stream;
  const std::string& option = found->second.option;
  const std::string why =
      option.empty() ? std::string(describe(reset.reason)) : request_failure(reset.reason, option);
  found->second.reset = true;
  stream->reset(fmt::format("reset: {}", why));
}

void Connections::handle(const event::Closed& closed) {
  if (const auto held = handler(closed.stream)) {
    let_go(closed.stream);
    return held->closed();
  }
  if (const auto stream = find(closed.stream)) stream->closed();
}

void Connections::stream_note(const SocketStream& stream, std::string_view what) {
  observer_.connection(stream.number(), what);
}

void Connections::stream_over(SocketStream& stream, Observer::Ending ending, std::string_view how) {
  const auto found = connections_.find(stream.id());
  const std::string what = found == connections_.end() ? "" : found->second.what;
  const Over over = found == connections_.end() ? nullptr : std::move(found->second.over);
  observer_.connection_over(
      stream.number(), ending,
      fmt::format("{}, {}{}{}", how, tally_text(stream.tally()), what.empty() ? "" : ": ", what));
  if (found != connections_.end() && found->second.reset && found->second.attempt) {
    found->second.attempt->give_up(stream.has_received() ? Delivered::some : Delivered::nothing);
  }
  const std::string last(over ? how : "");  // what `how` refers to may be destroyed now
  forget(stream.id());
  if (over) over(ending, last);
}

void Connections::forget(StreamId id) {
  connections_.erase(id);
  for (const auto& front_end : front_ends_) front_end->resume();
  for (const auto& service : services_) service->resume();
}

std::vector<IpFigures> Connections::ip_figures(Time now) const {
  std::vector<IpFigures> all;
  for (const auto& service : services_) {
    if (auto figures = service->ip_figures(now)) all.push_back(std::move(*figures));
  }
  return all;
}

bool Connections::busy() const {
  return std::ranges::any_of(offers_, [](const auto& offer) { return offer.second.back_end->busy(); });
}

void Connections::abandon_all() {
  for (const auto& front_end : front_ends_) front_end->stop();
  front_ends_.clear();
  for (const auto& service : services_) service->stop();
  for (const auto& [id, held] : std::exchange(handlers_, {})) held->abandon();
  for (auto& [id, connection] : connections_) {
    if (connection.attempt) connection.attempt->cancel();
    connection.stream->abandon();
  }
  connections_.clear();
  watch_timer_.cancel();
  clients_timer_.cancel();
  for (const auto& [name, offer] : offers_) offer.back_end->stop();
}

}  // namespace serialtcp::io
