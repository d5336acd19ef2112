#include "control/status_stream.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <string_view>
#include <utility>

#include "control/status_fields.h"
#include "control/status_json.h"

namespace serialtcp::control {

namespace {

template <typename Struct>
constexpr std::string_view last_field() {
  return std::get<std::tuple_size_v<std::remove_cvref_t<decltype(kFields<Struct>)>> - 1>(kFields<Struct>)
      .name;
}
// What has pieces is the last member, so that the rest can be written before.
static_assert(last_field<ProcessStatus>() == "links");
static_assert(last_field<LinkStatus>() == "connections");
constexpr std::string_view kEnd = "]}";

/// An object whose last member is an empty array, up to what closes both.
std::string opened(const boost::json::object& object) {
  std::string text = boost::json::serialize(object);
  text.resize(text.size() - kEnd.size());
  return text;
}

std::string list_of(const std::vector<ConnectionStatus>& connections) {
  std::string text;
  for (const ConnectionStatus& connection : connections) {
    if (!text.empty()) text += ',';
    text += boost::json::serialize(to_json(connection));
  }
  return text;
}

}  // namespace

std::optional<std::string> StatusStream::next() {
  if (state_ == State::over) return std::nullopt;
  text_.clear();
  bool worked = false;  // a piece has the connections of one request
  if (state_ == State::before) {
    if (!begin()) return std::nullopt;
    worked = true;
  }
  for (; link_ < status_.links.size(); ++link_) {
    LinkStatus& link = status_.links[link_];
    if (!std::exchange(in_link_, true)) {
      const auto connections = std::exchange(link.connections, {});
      text_ += (link_ > 0 ? "," : "") + opened(to_json(link)) + list_of(connections);
      last_ = connections.empty() ? 0 : connection_number(connections.back().id);
      written_ = connections.size();
    }
    while (written_ < link.connections_now) {
      if (worked) return text_;
      worked = true;
      if (!more_connections(link)) break;
    }
    text_ += kEnd;
    in_link_ = false;
  }
  state_ = State::over;
  return fmt::format("{}{}{}\n", text_, kEnd, kEnd);
}

bool StatusStream::begin() {
  auto status = operations_.status({});
  state_ = status ? State::within : State::over;
  if (!status) return false;
  status_ = std::move(*status);
  auto links = std::exchange(status_.links, {});
  text_ = fmt::format("{{\"protocol\":{},\"processes\":[{}", kProtocol, opened(to_json(status_)));
  status_.links = std::move(links);
  return true;
}

/// Of a link that may have ended, and its connections too.
bool StatusStream::more_connections(const LinkStatus& link) {
  const auto more = operations_.status({.link = link.name, .connections_after = last_});
  if (!more || more->links.size() != 1 || more->links.front().connections.empty()) return false;
  const auto& found = more->links.front().connections;
  if (connection_number(found.back().id) <= last_) return false;
  text_ += (written_ > 0 ? "," : "") + list_of(found);
  last_ = connection_number(found.back().id);
  written_ += found.size();
  return true;
}

}  // namespace serialtcp::control
