// What Connections tells of its connections, and what it does for a user who looks at them.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "driver/connections.h"
#include "os/clock.h"
#include "os/text.h"

namespace serialtcp::io {

namespace {

/// "'web' to 192.168.0.1:80" without the name of the service, which stands elsewhere.
std::string target_of(std::string_view text, const std::string& service) {
  const std::string label = service_label(service);
  if (text.starts_with(label)) text.remove_prefix(label.size());
  if (text.starts_with("to ")) text.remove_prefix(3);
  return std::string(text);
}

}  // namespace

ConnectionFigures Connections::figures_of(StreamId id, StreamFigures figures) const {
  ConnectionFigures whole{std::move(figures)};
  if (const Purpose* const purpose = endpoint_.purpose(id)) {
    whole.service = purpose->name;
    whole.kind = purpose->kind;
  }
  return whole;
}

std::vector<ConnectionFigures> Connections::figures(std::uint64_t after, std::size_t most, Time now) const {
  struct Found {
    std::uint64_t number;
    StreamId id;
    const Connection* connection;  ///< or, if there is none, it is a handler
  };
  std::vector<Found> found;
  for (const auto& [id, connection] : connections_) {
    const std::uint64_t number = connection.stream->number();
    if (number > after) found.push_back({number, id, &connection});
  }
  for (const auto& [id, handler] : handlers_) {
    const auto figures = handler->figures(now);
    if (figures && figures->number > after) found.push_back({figures->number, id, nullptr});
  }
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(most, found.size()));
  std::ranges::partial_sort(found, end, {}, &Found::number);
  std::vector<ConnectionFigures> result;
  result.reserve(std::min(most, found.size()));
  for (auto one = found.begin(); one != end; ++one) {
    if (one->connection == nullptr) {
      result.push_back(figures_of(one->id, *handlers_.at(one->id)->figures(now)));
      continue;
    }
    StreamFigures figures = one->connection->stream->figures(now);
    figures.client = one->connection->client;
    figures.target = one->connection->target;
    ConnectionFigures whole = figures_of(one->id, std::move(figures));
    if (whole.target.empty()) whole.target = target_of(one->connection->outgoing.target, whole.service);
    result.push_back(std::move(whole));
  }
  return result;
}

std::size_t Connections::count(Time now) const {
  const auto is_connection = [now](const auto& held) { return held.second->figures(now).has_value(); };
  return connections_.size() + static_cast<std::size_t>(std::ranges::count_if(handlers_, is_connection));
}

bool Connections::close(std::uint64_t number, std::string_view how) {
  const auto of_socket = std::ranges::find_if(
      connections_, [number](const auto& entry) { return entry.second.stream->number() == number; });
  if (of_socket != connections_.end()) {
    const auto stream = of_socket->second.stream;
    of_socket->second.reset = true;
    endpoint_.reset(of_socket->first, ResetReason::aborted, now());
    kick_();
    stream->abandon();
    stream_over(*stream, Observer::Ending::failed, how);
    return true;
  }
  const auto held = std::ranges::find_if(handlers_, [number](const auto& entry) {
    const auto figures = entry.second->figures(now());
    return figures && figures->number == number;
  });
  if (held == handlers_.end()) return false;
  const auto handler = held->second;
  endpoint_.reset(held->first, ResetReason::aborted, now());
  kick_();
  handlers_.erase(held);
  handler->closed_by_user(how);
  return true;
}

}  // namespace serialtcp::io
