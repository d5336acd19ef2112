// Beginnings and ends of connections.
#include "io/connections.h"

#include <fmt/format.h>

#include <algorithm>

#include "io/clock.h"

namespace serialtcp::io {

namespace {

/// "'web' " in front of what is told of a connection of this service; nothing for the default one.
std::string label(const std::string& service) {
  return service.empty() ? "" : fmt::format("'{}' ", service);
}

std::string_view open_failure(StreamError error) {
  switch (error) {
    case StreamError::too_many_streams:
      return "too many connections at once: try again when some have ended";
    case StreamError::no_names:
      return "the other end speaks the original's protocol, which has only the service without a name";
    case StreamError::link_down:
    case StreamError::no_such_stream:
    case StreamError::write_shut:
      return "the link has just gone down";
  }
  return "";
}

}  // namespace

Connections::Connections(asio::io_context& context, Endpoint& endpoint, Observer& observer,
                         std::function<void()> kick)
    : context_(context),
      endpoint_(endpoint),
      observer_(observer),
      kick_(std::move(kick)),
      resolver_(context) {}

void Connections::serve(const Purpose& purpose, std::unique_ptr<FrontEnd> front_end,
                        std::optional<std::uint64_t> limit) {
  front_end->on_accepted(
      [this, purpose, shapers = make_shapers(context_, limit)](StreamSocket socket, const std::string& from) {
        accepted(purpose, shapers, std::move(socket), from);
      });
  if (endpoint_.link_up()) front_end->start();
  front_ends_.push_back(std::move(front_end));
}

void Connections::offer(const std::string& name, std::unique_ptr<BackEnd> back_end,
                        std::optional<std::uint64_t> limit) {
  offers_.insert_or_assign(name, Offer{std::move(back_end), make_shapers(context_, limit)});
}

void Connections::link_up() {
  for (const auto& front_end : front_ends_) front_end->start();
}

void Connections::link_down() {
  for (const auto& front_end : front_ends_) front_end->stop();
}

// ---- Beginnings ----

void Connections::accepted(const Purpose& purpose, const Shapers& shapers, StreamSocket socket,
                           const std::string& from) {
  const std::uint64_t number = ++last_number_;
  const auto id = endpoint_.open(purpose, now());
  kick_();
  if (!id) {
    ErrorCode ignored;
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
    socket.close(ignored);  // a destructor would take the option back
    observer_.connection(
        number, fmt::format("{}from {}, reset: {}", label(purpose.name), from, open_failure(id.error())));
    return;
  }
  observer_.connection(number, fmt::format("{}from {}", label(purpose.name), from));
  auto stream = std::make_shared<SocketStream>(*this, context_, *id, number);
  connections_.emplace(*id, Connection{stream});
  stream->attach(std::move(socket), shapers, Gone::is_reset);
}

void Connections::handle(const event::Opened& opened) {
  const Purpose* const said = endpoint_.purpose(opened.stream);
  if (said == nullptr) return;  // it has been reset since
  const Purpose purpose = *said;
  const auto found = offers_.find(purpose.name);
  if (found == offers_.end() || purpose.service != ServiceId{}) return refuse_unknown(opened.stream, purpose);
  BackEnd& back_end = *found->second.back_end;
  const auto id = opened.stream;
  Connection connection;
  connection.stream = std::make_shared<SocketStream>(*this, context_, id, ++last_number_);
  connection.attempt =
      back_end.reach(last_number_, [this, id](auto result) { connected(id, std::move(result)); });
  connection.when_gone = back_end.when_gone();
  connection.target = fmt::format("{}to {}", label(purpose.name), back_end.name());
  connection.shapers = found->second.shapers;
  connections_.emplace(id, std::move(connection));
}

void Connections::refuse_unknown(StreamId id, const Purpose& purpose) {
  endpoint_.reset(id, ResetReason::no_such_service, now());
  kick_();
  const std::string& name = purpose.name;
  observer_.connection(++last_number_,
                       fmt::format("reset: it is for {}, and this end offers no such service: start it with "
                                   "--client {}HOST:PORT",
                                   name.empty() ? "the service without a name" : fmt::format("'{}'", name),
                                   name.empty() ? "" : name + "="));
}

void Connections::connected(StreamId id, std::expected<StreamSocket, ResetReason> result) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  if (!result) return refuse(id, result.error());
  const auto stream = found->second.stream;
  observer_.connection(stream->number(), found->second.target);
  endpoint_.connected(id, now());
  kick_();
  stream->attach(std::move(*result), found->second.shapers, found->second.when_gone);
}

void Connections::refuse(StreamId id, ResetReason reason) {
  const Connection& connection = connections_.at(id);
  endpoint_.reset(id, reason, now());
  kick_();
  observer_.connection(
      connection.stream->number(),
      fmt::format("{}: {}{}", connection.target, describe(reason),
                  reason == ResetReason::no_resources ? ": raise the limit with ulimit -n" : ""));
  forget(id);
}

// ---- In between ----

std::shared_ptr<SocketStream> Connections::find(StreamId id) const {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : found->second.stream;
}

void Connections::handle(const event::Readable& readable) {
  if (const auto stream = find(readable.stream)) stream->readable();
}

void Connections::handle(const event::Writable& writable) {
  if (const auto stream = find(writable.stream)) stream->writable();
}

// ---- Ends ----

void Connections::handle(const event::Reset& reset) {
  const auto found = connections_.find(reset.stream);
  if (found == connections_.end()) return;
  const auto stream = found->second.stream;
  if (found->second.attempt) found->second.attempt->cancel();
  stream->reset(reset.reason);
}

void Connections::handle(const event::Closed& closed) {
  if (const auto stream = find(closed.stream)) stream->closed();
}

void Connections::stream_over(SocketStream& stream, std::string_view how) {
  observer_.connection(stream.number(), how);
  forget(stream.id());
}

void Connections::forget(StreamId id) {
  connections_.erase(id);
  for (const auto& front_end : front_ends_) front_end->resume();
}

bool Connections::busy() const {
  return std::ranges::any_of(offers_, [](const auto& offer) { return offer.second.back_end->busy(); });
}

void Connections::abandon_all() {
  for (const auto& front_end : front_ends_) front_end->stop();
  front_ends_.clear();
  for (auto& [id, connection] : connections_) {
    if (connection.attempt) connection.attempt->cancel();
    connection.stream->abandon();
  }
  connections_.clear();
  for (const auto& [name, offer] : offers_) offer.back_end->stop();
}

}  // namespace serialtcp::io
