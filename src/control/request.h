// What a client of the control socket can ask for: one line of JSON each, and one line of JSON as the answer.
// docs/control.md is the specification.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "net/target.h"

namespace serialtcp::control {

/// Of the requests and answers. A change that an older client cannot read makes it 2.
inline constexpr int kProtocol = 1;

/// A longer line is refused, and its client is dropped.
inline constexpr std::size_t kMaxRequest = 4096;
/// Of one answer; a client asks for what follows.
inline constexpr std::uint64_t kMaxConnections = 250;

struct StatusRequest {
  std::string link = {};                             ///< only this one; empty: all
  std::uint64_t connections_after = 0;               ///< those whose numbers are above this
  std::uint64_t connections_most = kMaxConnections;  ///< so many of all links together
};
struct CloseRequest {
  std::string link;
  std::uint64_t number = 0;
};
/// A stream to the other end of a link: the connection of the client becomes the bytes of the stream.
struct ConnectRequest {
  std::string link = {};                  ///< empty: the only one
  std::optional<io::Target> target = {};  ///< what the other end connects to; else a service of the other end
  std::string service = {};               ///< empty: the one without a name
  bool session = false;                   ///< in place of both: a program at the other end (wire/session.h)
  bool interactive = false;               ///< of a session: its bytes go before all others
  bool noise = false;                     ///< in place of all: no stream, but what is noise on the line
};
/// How a stream has ended that was requested so.
struct EndRequest {
  std::string link;
  std::uint64_t number = 0;
};
struct ReloadRequest {};
/// How much of it there is in the log, as with -q, without an option, with -v, and with --debug.
enum class Level : std::uint8_t { warning, info, verbose, debug };
struct LogRequest {
  Level level = Level::info;
};
struct VersionRequest {};

using Request = std::variant<StatusRequest, CloseRequest, ConnectRequest, EndRequest, ReloadRequest,
                             LogRequest, VersionRequest>;

/// Codes that programs rely on, and a sentence for people.
struct Error {
  std::string_view code;
  std::string text;
};
inline constexpr std::string_view kBadRequest = "bad_request";  ///< not JSON, or with members of wrong types
inline constexpr std::string_view kUnknownRequest = "unknown_request";  ///< this version does not have it
inline constexpr std::string_view kTooLong = "too_long";                ///< above kMaxRequest
inline constexpr std::string_view kBusy = "busy";                       ///< there are too many clients
inline constexpr std::string_view kNotFound = "not_found";              ///< no such link or connection
inline constexpr std::string_view kRefused = "refused";  ///< it cannot be done, and the text says why

/// `line` has no end of line.
std::expected<Request, Error> parse_request(std::string_view line);

/// "NAME#N", or only "N" with an empty link; empty if it is neither.
struct ConnectionName {
  std::string link;
  std::uint64_t number = 0;
};
std::expected<ConnectionName, std::string> parse_connection_name(std::string_view text);
/// The number in such a name; 0 if the name is damaged.
std::uint64_t connection_number(std::string_view name);

std::string_view level_name(Level level);
/// In any case.
std::expected<Level, std::string> parse_level(std::string_view text);

/// A line with its end. `members` are those of the result.
std::string answer(boost::json::object members = {});
std::string refusal(const Error& error);

}  // namespace serialtcp::control
