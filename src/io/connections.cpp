// Beginnings and ends of connections.
#include "io/connections.h"

#include <fmt/format.h>

#include "io/clock.h"

namespace serialtcp::io {

namespace {

std::string to_string(const tcp::endpoint& endpoint) {
  return to_string(Target{endpoint.address().to_string(), endpoint.port()});
}

std::string_view open_failure(StreamError error) {
  switch (error) {
    case StreamError::too_many_streams:
      return "too many connections at once: try again when some have ended";
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

void Connections::serve(std::unique_ptr<TcpListener> listener) {
  listener_ = std::move(listener);
  listener_->on_accepted(
      [this](tcp::socket socket, const tcp::endpoint& from) { accepted(std::move(socket), from); });
  if (endpoint_.link_up()) listener_->start();
}

void Connections::connect_to(const Target& target, Duration timeout) {
  target_ = target;
  connect_timeout_ = timeout;
}

void Connections::link_up() {
  if (listener_) listener_->start();
}

void Connections::link_down() {
  if (listener_) listener_->stop();
}

// ---- Beginnings ----

void Connections::accepted(tcp::socket socket, const tcp::endpoint& from) {
  const std::uint64_t number = ++last_number_;
  const auto id = endpoint_.open(ServiceId{}, now());
  kick_();
  if (!id) {
    ErrorCode ignored;
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
    observer_.connection(number,
                         fmt::format("from {}, reset: {}", to_string(from), open_failure(id.error())));
    return;
  }
  observer_.connection(number, fmt::format("from {}", to_string(from)));
  auto stream = std::make_shared<TcpStream>(*this, context_, *id, number);
  connections_.emplace(*id, Connection{stream, nullptr});
  stream->attach(std::move(socket));
}

void Connections::handle(const event::Opened& opened) {
  if (!target_ || opened.service != ServiceId{}) {
    endpoint_.reset(opened.stream, ResetReason::no_such_service, now());
    kick_();
    return;
  }
  const auto id = opened.stream;
  Connection connection;
  connection.stream = std::make_shared<TcpStream>(*this, context_, id, ++last_number_);
  connection.attempt = ConnectAttempt::begin(context_, resolver_, *target_, connect_timeout_,
                                             [this, id](auto result) { connected(id, std::move(result)); });
  connections_.emplace(id, std::move(connection));
}

void Connections::connected(StreamId id, std::expected<tcp::socket, ResetReason> result) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  found->second.attempt.reset();
  if (!result) return refuse(id, result.error());
  const auto stream = found->second.stream;
  observer_.connection(stream->number(), fmt::format("to {}", io::to_string(*target_)));
  endpoint_.connected(id, now());
  kick_();
  stream->attach(std::move(*result));
}

void Connections::refuse(StreamId id, ResetReason reason) {
  const auto stream = find(id);
  endpoint_.reset(id, reason, now());
  kick_();
  observer_.connection(
      stream->number(),
      fmt::format("to {}: {}{}", io::to_string(*target_), describe(reason),
                  reason == ResetReason::no_resources ? ": raise the limit with ulimit -n" : ""));
  forget(id);
}

// ---- In between ----

std::shared_ptr<TcpStream> Connections::find(StreamId id) const {
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

void Connections::stream_over(TcpStream& stream, std::string_view how) {
  observer_.connection(stream.number(), how);
  forget(stream.id());
}

void Connections::forget(StreamId id) {
  connections_.erase(id);
  if (listener_) listener_->resume();
}

void Connections::abandon_all() {
  if (listener_) listener_->stop();
  listener_.reset();
  for (auto& [id, connection] : connections_) {
    if (connection.attempt) connection.attempt->cancel();
    connection.stream->abandon();
  }
  connections_.clear();
}

}  // namespace serialtcp::io
