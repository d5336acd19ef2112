// Colons within brackets separate nothing.
#include "cli/forward_spec.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "net/address.h"
#include "net/listen_addresses.h"
#include "net/target_text.h"

namespace serialtcp::cli {

namespace {

using Problem = std::unexpected<std::string>;

std::vector<std::string_view> fields(std::string_view text) {
  std::vector<std::string_view> found;
  std::size_t begin = 0;
  bool brackets = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[') brackets = true;
    if (text[i] == ']') brackets = false;
    if (text[i] != ':' || brackets) continue;
    found.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  found.push_back(text.substr(begin));
  return found;
}

std::optional<std::uint16_t> parse_port(std::string_view text, std::uint64_t least) {
  const auto port = io::parse_number(text, least, UINT16_MAX);
  return port ? std::optional(static_cast<std::uint16_t>(*port)) : std::nullopt;
}

/// A name, an IPv4 address, or an IPv6 address in brackets.
std::optional<std::string> parse_host(std::string_view text) {
  const bool brackets = text.starts_with('[') && text.ends_with(']');
  if (brackets) text = text.substr(1, text.size() - 2);
  const bool stray = text.find_first_of("[]") != std::string_view::npos;
  const bool address = text.find(':') != std::string_view::npos;
  if (stray || address != brackets || !wire::is_host_name(text)) return std::nullopt;
  return std::string(text);
}

Problem no_host(std::string_view text) {
  return Problem(
      fmt::format("'{}' is not a host: a name, or an address, IPv6 in brackets, is expected", text));
}

std::optional<std::string> bind_host(std::string_view text, io::Family family) {
  if (!text.empty() && text != io::kEveryInterface) return parse_host(text);
  if (family == io::Family::any) return std::string(io::kEveryInterface);
  return family == io::Family::ipv6 ? "::" : "0.0.0.0";
}

/// Of the parts of a specification, the first `count`: perhaps a host to bind to, and a port.
std::expected<wire::Address, std::string> parse_listen(const std::vector<std::string_view>& parts,
                                                       std::size_t count, io::Family family) {
  const std::string local = family == io::Family::ipv6   ? "::1"
                            : family == io::Family::ipv4 ? "127.0.0.1"
                                                         : "localhost";
  const auto bind = count == 1 ? std::optional(local) : bind_host(parts[0], family);
  if (!bind) return no_host(parts[0]);
  const std::string_view text = parts[count - 1];
  const auto port = parse_port(text, 0);
  if (!port) return Problem(fmt::format("'{}' is not a port, a number from 0 (any) to 65535", text));
  return io::to_address(*bind, *port);
}

}  // namespace

std::expected<ForwardSpec, std::string> parse_forward_spec(std::string_view text, io::Family family) {
  const auto parts = fields(text);
  if (parts.size() != 3 && parts.size() != 4) {
    return Problem(fmt::format(
        "'{}' is not [BIND_ADDRESS:]PORT:HOST:HOSTPORT, as in 8080:192.168.0.1:80; IPv6 addresses "
        "are written in brackets",
        text));
  }
  const std::size_t at = parts.size() - 3;
  auto listen = parse_listen(parts, at + 1, family);
  if (!listen) return Problem(listen.error());
  const auto host = parse_host(parts[at + 1]);
  if (!host) return no_host(parts[at + 1]);
  const auto host_port = parse_port(parts[at + 2], 1);
  if (!host_port) return Problem(fmt::format("'{}' is not a port, a number from 1 to 65535", parts[at + 2]));
  return ForwardSpec{std::move(*listen), io::to_address(*host, *host_port)};
}

std::expected<wire::Address, std::string> parse_dynamic_spec(std::string_view text, io::Family family) {
  const auto parts = fields(text);
  if (parts.size() <= 2) return parse_listen(parts, parts.size(), family);
  return Problem(fmt::format(
      "'{}' is not [BIND_ADDRESS:]PORT, as in 1080; IPv6 addresses are written in brackets", text));
}

}  // namespace serialtcp::cli
