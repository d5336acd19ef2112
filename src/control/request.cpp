#include "control/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <system_error>
#include <utility>

#include "control/stream_target.h"
#include "os/text.h"
#include "serialtcp/service.h"

namespace serialtcp::control {

namespace json = boost::json;

namespace {

/// Requests are flat.
constexpr std::size_t kMaxDepth = 4;

constexpr std::array<std::pair<std::string_view, Level>, 4> kLevels{{{"warning", Level::warning},
                                                                     {"info", Level::info},
                                                                     {"verbose", Level::verbose},
                                                                     {"debug", Level::debug}}};

Error bad(std::string text) {
  return {kBadRequest, std::move(text)};
}

/// The members of a request, each of which is looked at once.
class Members {
 public:
  explicit Members(const json::object& object) : object_(object) {}

  std::string text(std::string_view name) {
    const json::value* const value = object_.if_contains(name);
    if (value == nullptr) return {};
    if (value->is_string()) return std::string(std::string_view(value->get_string()));
    mistake_ = fmt::format("'{}' is not a string", name);
    return {};
  }

  std::uint64_t number(std::string_view name, std::uint64_t otherwise) {
    const json::value* const value = object_.if_contains(name);
    if (value == nullptr) return otherwise;
    json::error_code error;
    const auto number = value->to_number<std::uint64_t>(error);
    if (!error) return number;
    mistake_ = fmt::format("'{}' is not a whole number from 0 on", name);
    return otherwise;
  }

  bool flag(std::string_view name) {
    const json::value* const value = object_.if_contains(name);
    if (value == nullptr) return false;
    if (value->is_bool()) return value->get_bool();
    mistake_ = fmt::format("'{}' is neither true nor false", name);
    return false;
  }

  bool has(std::string_view name) const { return object_.contains(name); }

  const std::string& mistake() const { return mistake_; }

 private:
  const json::object& object_;
  std::string mistake_;
};

std::expected<Request, Error> parse_status(Members& members) {
  StatusRequest request;
  request.link = members.text("link");
  request.connections_after = members.number("connections_after", 0);
  request.connections_most = std::min(members.number("connections_most", kMaxConnections), kMaxConnections);
  return request;
}

std::expected<Request, Error> parse_close(Members& members) {
  const auto name = parse_connection_name(members.text("connection"));
  if (!name) return std::unexpected(bad("'connection': " + name.error()));
  return CloseRequest{name->link, name->number};
}

std::expected<Request, Error> parse_end(Members& members) {
  const auto name = parse_connection_name(members.text("connection"));
  if (!name) return std::unexpected(bad("'connection': " + name.error()));
  return EndRequest{name->link, name->number};
}

std::expected<Request, Error> parse_connect(Members& members) {
  ConnectRequest request{.link = members.text("link"),
                         .service = members.text("service"),
                         .session = members.flag("session"),
                         .interactive = members.flag("interactive")};
  const std::string to = members.text("to");
  request.noise = members.flag("noise");
  const int ways = (members.has("to") ? 1 : 0) + (members.has("service") ? 1 : 0) +
                   (request.session ? 1 : 0) + (request.noise ? 1 : 0);
  if (ways != 1)
    return std::unexpected(
        bad("one of 'to', an address, 'service', a name, 'session', true, and 'noise', true, is expected"));
  if (members.has("to")) {
    auto target = parse_stream_target(to);
    if (!target) return std::unexpected(bad("'to': " + target.error()));
    request.target = std::move(*target);
  }
  if (!request.service.empty() && !is_service_name(request.service))
    return std::unexpected(bad("'service': that cannot be the name of a service"));
  return request;
}

std::expected<Request, Error> parse_log(Members& members) {
  const auto level = parse_level(members.text("level"));
  if (!level) return std::unexpected(bad("'level': " + level.error()));
  return LogRequest{*level};
}

struct Kind {
  std::string_view name;
  std::expected<Request, Error> (*parse)(Members& members);
};

constexpr Kind kKinds[] = {
    {"status", &parse_status},
    {"close", &parse_close},
    {"connect", &parse_connect},
    {"end", &parse_end},
    {"reload", [](Members&) -> std::expected<Request, Error> { return ReloadRequest{}; }},
    {"log", &parse_log},
    {"version", [](Members&) -> std::expected<Request, Error> { return VersionRequest{}; }},
};

}  // namespace

std::expected<Request, Error> parse_request(std::string_view line) {
  if (line.size() > kMaxRequest)
    return std::unexpected(Error{kTooLong, fmt::format("a request has up to {} bytes", kMaxRequest)});
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::error_code error;
  const json::value value = json::parse(line, error, {}, options);
  if (error) return std::unexpected(bad("the request is not JSON in one line"));
  const json::object* const object = value.if_object();
  if (object == nullptr) return std::unexpected(bad(R"(a request is an object: {"request":"status"})"));
  Members members(*object);
  const std::string name = members.text("request");
  const auto* const kind = std::ranges::find(kKinds, name, &Kind::name);
  if (kind == std::end(kKinds)) {
    if (name.empty()) return std::unexpected(bad("there is no member 'request' with the name of one"));
    return std::unexpected(
        Error{kUnknownRequest, fmt::format("unknown request '{}'", io::printable(name.substr(0, 40)))});
  }
  auto request = kind->parse(members);
  if (!members.mistake().empty()) return std::unexpected(bad(members.mistake()));
  return request;
}

std::expected<ConnectionName, std::string> parse_connection_name(std::string_view text) {
  constexpr std::string_view kExpected = "a connection is NAME#N, as serialtcp status shows it";
  const std::size_t hash = text.rfind('#');
  const std::string_view digits = hash == std::string_view::npos ? text : text.substr(hash + 1);
  ConnectionName name{.link = std::string(hash == std::string_view::npos ? "" : text.substr(0, hash))};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), name.number);
  if (error != std::errc{} || end != digits.data() + digits.size() || name.number == 0)
    return std::unexpected(std::string(kExpected));
  return name;
}

std::uint64_t connection_number(std::string_view name) {
  const auto parsed = parse_connection_name(name);
  return parsed ? parsed->number : 0;
}

std::string_view level_name(Level level) {
  return std::ranges::find(kLevels, level, &std::pair<std::string_view, Level>::second)->first;
}

std::expected<Level, std::string> parse_level(std::string_view text) {
  const auto same = [text](std::string_view name) {
    return std::ranges::equal(text, name, [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
    });
  };
  const auto* const found = std::ranges::find_if(kLevels, same, &std::pair<std::string_view, Level>::first);
  if (found == kLevels.end())
    return std::unexpected("a level is warning, info, verbose or debug, from the least to the most");
  return found->second;
}

namespace {

std::string line_of(json::object object) {
  return json::serialize(object) + "\n";
}

}  // namespace

std::string answer(json::object members) {
  json::object object{{"protocol", kProtocol}, {"ok", true}};
  for (auto& member : members) object[member.key()] = std::move(member.value());
  return line_of(std::move(object));
}

std::string refusal(const Error& error) {
  return line_of({{"protocol", kProtocol},
                  {"ok", false},
                  {"error", json::object{{"code", error.code}, {"text", io::printable(error.text)}}}});
}

}  // namespace serialtcp::control
