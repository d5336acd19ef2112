// The head is parsed when it is complete. A malformed head is refused; nothing is guessed.
#include "service/http_conversation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <expected>
#include <optional>
#include <utility>
#include <vector>

#include "net/address.h"
#include "net/target_text.h"

namespace serialtcp::io {

namespace {

constexpr std::string_view kBadRequest = "400 Bad Request";
constexpr std::string_view kForbidden = "403 Forbidden";
constexpr std::string_view kHeadTooLarge = "431 Request Header Fields Too Large";
constexpr std::string_view kBadGateway = "502 Bad Gateway";
constexpr std::string_view kGatewayTimeout = "504 Gateway Timeout";

constexpr std::string_view kScheme = "http://";
constexpr std::uint16_t kHttpPort = 80;

using Problem = std::unexpected<std::string>;

bool is_token(std::string_view text) {
  static constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

std::string lower_case(std::string_view text) {
  std::string small(text);
  for (char& c : small) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return small;
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The first line, then the header fields; without the ends of lines.
std::vector<std::string_view> lines_of(std::string_view head) {
  std::vector<std::string_view> lines;
  while (!head.empty()) {
    const std::size_t end = std::min(head.find('\n'), head.size());
    std::string_view line = head.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) lines.push_back(line);
    head.remove_prefix(std::min(end + 1, head.size()));
  }
  return lines;
}

bool is_control_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7F;
}

struct RequestLine {
  std::string_view method, target, version;
};

std::expected<RequestLine, std::string> parse_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return Problem("the first line is not METHOD ADDRESS VERSION");
  const RequestLine request{line.substr(0, first), line.substr(first + 1, last - first - 1),
                            line.substr(last + 1)};
  if (!is_token(request.method)) return Problem("the method is not a word");
  const bool visible = std::ranges::all_of(request.target, [](char c) { return c > ' ' && c < 0x7F; });
  if (request.target.empty() || !visible)
    return Problem("the address has a space or another character that it must not have");
  if (request.version != "HTTP/1.1" && request.version != "HTTP/1.0")
    return Problem("the version is not HTTP/1.1 or HTTP/1.0");
  return request;
}

struct Authority {
  std::string host;  ///< without brackets
  std::uint16_t port = 0;
};

/// "host:80", "[::1]:80", or the same without a port if there is a default.
std::expected<Authority, std::string> parse_authority(std::string_view text,
                                                      std::optional<std::uint16_t> otherwise) {
  if (text.find('@') != std::string_view::npos)
    return Problem("the address has a user name, which belongs into a header field");
  const bool brackets = text.starts_with('[');
  const std::size_t host_end = brackets ? text.find(']') : std::min(text.find(':'), text.size());
  if (host_end == std::string_view::npos) return Problem("the address has no closing bracket");
  const std::string_view host = text.substr(brackets ? 1 : 0, host_end - (brackets ? 1 : 0));
  std::string_view rest = text.substr(host_end + (brackets ? 1 : 0));
  if (!wire::is_host_name(host)) return Problem("the address has no host, or one that is too long");
  if (brackets != (host.find(':') != std::string_view::npos))
    return Problem("only IPv6 addresses are written in brackets, as in [::1]:80");
  ErrorCode bad;
  if (brackets) asio::ip::make_address_v6(host, bad);
  if (bad || (brackets && host.find('%') != std::string_view::npos))
    return Problem("what is in brackets is not an IPv6 address");
  if (rest.empty() || rest == ":") {
    if (!otherwise) return Problem("the address has no port: CONNECT HOST:PORT is expected");
    return Authority{std::string(host), *otherwise};
  }
  if (!rest.starts_with(':')) return Problem("behind the brackets, a colon and a port are expected");
  const auto port = parse_number(rest.substr(1), 1, UINT16_MAX);
  if (!port) return Problem("the port is not a number from 1 to 65535");
  return Authority{std::string(host), static_cast<std::uint16_t>(*port)};
}

struct Destination {
  Authority authority;
  std::string path;  ///< the path for the origin server; empty for CONNECT
};

std::expected<Destination, std::string> parse_target(const RequestLine& line) {
  if (line.method == "CONNECT") {
    auto authority = parse_authority(line.target, std::nullopt);
    if (!authority) return Problem(authority.error());
    return Destination{.authority = std::move(*authority), .path = {}};
  }
  if (lower_case(line.target.substr(0, kScheme.size())) != kScheme) {
    return Problem(
        "this is a proxy: it takes whole addresses of http, as in GET http://host/, and CONNECT host:port for all "
        "else");
  }
  const std::string_view behind = line.target.substr(kScheme.size());
  const std::size_t end = std::min(behind.find_first_of("/?#"), behind.size());
  auto authority = parse_authority(behind.substr(0, end), kHttpPort);
  if (!authority) return Problem(authority.error());
  std::string path(behind.substr(end));
  if (path.empty() && line.method == "OPTIONS") path = "*";
  if (!path.starts_with('/') && path != "*") path.insert(0, "/");
  return Destination{.authority = std::move(*authority), .path = std::move(path)};
}

struct Field {
  std::string name;  ///< in lower case
  std::string_view line;
  std::string_view value;
};

std::expected<std::vector<Field>, std::string> parse_fields(const std::vector<std::string_view>& lines) {
  std::vector<Field> fields;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::size_t colon = lines[i].find(':');
    if (colon == std::string_view::npos || !is_token(lines[i].substr(0, colon)))
      return Problem("a header field is not NAME: VALUE");
    fields.push_back({lower_case(lines[i].substr(0, colon)), lines[i], trim(lines[i].substr(colon + 1))});
  }
  return fields;
}

/// The names of the fields that concern this connection only (RFC 9110, section 7.6.1), and of Host, which is
/// written again.
std::vector<std::string> fields_to_drop(const std::vector<Field>& fields) {
  // The fields about the framing of the body are always kept, whatever Connection lists.
  constexpr std::array<std::string_view, 2> kKept = {"content-length", "transfer-encoding"};
  std::vector<std::string> names = {"connection", "host", "keep-alive", "te", "upgrade"};
  for (const Field& field : fields) {
    if (field.name != "connection") continue;
    std::string_view list = field.value;
    while (!list.empty()) {
      const std::size_t comma = std::min(list.find(','), list.size());
      const std::string name = lower_case(trim(list.substr(0, comma)));
      if (std::ranges::find(kKept, name) == kKept.end()) names.push_back(name);
      list.remove_prefix(std::min(comma + 1, list.size()));
    }
  }
  return names;
}

std::string host_field(const Authority& at) {
  const std::string host = at.host.find(':') == std::string::npos ? at.host : fmt::format("[{}]", at.host);
  return at.port == kHttpPort ? host : fmt::format("{}:{}", host, at.port);
}

/// The head as it is sent to the origin server (RFC 9112, section 3.2.1).
std::string origin_head(const RequestLine& line, const Destination& to, const std::vector<Field>& fields) {
  const std::vector<std::string> dropped = fields_to_drop(fields);
  std::string head =
      fmt::format("{} {} {}\r\nHost: {}\r\n", line.method, to.path, line.version, host_field(to.authority));
  for (const Field& field : fields) {
    if (field.name.starts_with("proxy-") || std::ranges::find(dropped, field.name) != dropped.end()) continue;
    head += field.line;
    head += "\r\n";
  }
  return head + "Connection: close\r\n\r\n";
}

std::string_view status_of(ResetReason reason) {
  if (reason == ResetReason::not_allowed) return kForbidden;
  return reason == ResetReason::timed_out ? kGatewayTimeout : kBadGateway;
}

}  // namespace

/// The length of the head with its empty line; 0 while it is incomplete.
std::size_t HttpConversation::find_end() {
  const auto at = [this](std::size_t i) { return i < heard_.size() ? heard_[i] : Byte{0}; };
  for (; looked_at_ < heard_.size(); ++looked_at_) {
    if (heard_[looked_at_] != '\n') continue;
    const bool carriage_return = at(looked_at_ + 1) == '\r';
    const std::size_t second = looked_at_ + (carriage_return ? 2 : 1);
    if (second >= heard_.size()) return 0;  // the rest may still arrive
    if (heard_[second] == '\n') return second + 1;
  }
  return 0;
}

ProxyConversation::Heard HttpConversation::hear(ByteView bytes) {
  heard_.insert(heard_.end(), bytes.begin(), bytes.end());
  if (over_) return {};
  const std::size_t end = find_end();
  if (end == 0 && heard_.size() <= kMaxHead) return {};
  over_ = true;
  if (end != 0 && end <= kMaxHead) return take(end);
  const std::string why = fmt::format("the head of the request is longer than {} bytes", kMaxHead);
  return {.state = State::refused, .reply = answer(kHeadTooLarge, why), .why = why};
}

/// Parses a complete head, and makes the one for the other end.
ProxyConversation::Heard HttpConversation::take(std::size_t end) {
  const auto refuse = [this](const std::string& why) -> Heard {
    return {.state = State::refused, .reply = answer(kBadRequest, why), .why = why};
  };
  const std::string head(heard_.begin(), heard_.begin() + static_cast<std::ptrdiff_t>(end));
  const auto lines = lines_of(head);
  for (const std::string_view line : lines) {
    if (std::ranges::any_of(line, is_control_character))
      return refuse("the head of the request has control characters");
  }
  const auto line = parse_request_line(lines.empty() ? std::string_view() : lines.front());
  if (!line) return refuse(line.error());
  method_ = line->method == "CONNECT" ? Method::connect
            : line->method == "HEAD"  ? Method::head
                                      : Method::other;
  const auto to = parse_target(*line);
  if (!to) return refuse(to.error());
  const auto fields = parse_fields(lines);
  if (!fields) return refuse(fields.error());
  heard_.erase(heard_.begin(), heard_.begin() + static_cast<std::ptrdiff_t>(end));
  if (method_ != Method::connect) {
    const std::string sent = origin_head(*line, *to, *fields);
    heard_.insert(heard_.begin(), sent.begin(), sent.end());
  }
  const wire::Address address = to_address(to->authority.host, to->authority.port);
  address_ = to_string(address);
  return {.state = State::asked, .request = ProxyRequest{.address = address}};
}

Bytes HttpConversation::answer(std::string_view status, std::string_view body) const {
  std::string text = fmt::format(
      "HTTP/1.1 {}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
      status, body.size() + 1);
  if (method_ != Method::head) {
    text += body;
    text += '\n';
  }
  return {text.begin(), text.end()};
}

Bytes HttpConversation::granted(const wire::Address&) const {
  if (method_ != Method::connect) return {};  // the origin server answers
  constexpr std::string_view kAnswer = "HTTP/1.1 200 Connection established\r\n\r\n";
  return {kAnswer.begin(), kAnswer.end()};
}

Bytes HttpConversation::failed(ResetReason reason, std::string_view why) const {
  return answer(status_of(reason), fmt::format("Could not connect to {}: {}", address_, why));
}

}  // namespace serialtcp::io
