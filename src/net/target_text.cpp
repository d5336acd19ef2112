// The last colon separates the port; an IPv6 address has brackets.
#include "net/target_text.h"

#include <fmt/format.h>

#include <charconv>

namespace serialtcp::io {

std::expected<std::uint64_t, std::string> parse_number(std::string_view text, std::uint64_t least,
                                                       std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value < least ||
      value > most) {
    return std::unexpected(fmt::format("'{}' is not a number from {} to {}", text, least, most));
  }
  return value;
}

namespace {

std::expected<std::uint16_t, std::string> parse_port(std::string_view text, std::uint64_t least) {
  const auto port = parse_number(text, least, 65535);
  if (!port)
    return std::unexpected(fmt::format("'{}' is not a port, a number from {} to 65535", text, least));
  return static_cast<std::uint16_t>(*port);
}

/// Removes brackets, which are permitted only in pairs.
std::expected<std::string, std::string> parse_host(std::string_view text) {
  const bool opens = text.starts_with('[');
  const bool closes = text.ends_with(']');
  if (opens && closes && text.size() > 2) return std::string(text.substr(1, text.size() - 2));
  if (opens || closes)
    return std::unexpected(fmt::format("'{}' is not a host: write IPv6 addresses as [::1]", text));
  if (text.find(':') != std::string_view::npos) {
    return std::unexpected(
        fmt::format("'{}' is not a host: write IPv6 addresses in brackets, as in [::1]:22", text));
  }
  return std::string(text);
}

std::expected<Target, std::string> parse(std::string_view host_text, std::string_view port_text,
                                         Family family, std::uint64_t least_port) {
  auto host = parse_host(host_text);
  if (!host) return std::unexpected(host.error());
  const auto port = parse_port(port_text, least_port);
  if (!port) return std::unexpected(port.error());
  return Target{std::move(*host), *port, family};
}

}  // namespace

std::expected<Target, std::string> parse_target(std::string_view text, Family family) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || text.ends_with(']')) {
    return std::unexpected(fmt::format("'{}' is not HOST:PORT, as in 192.168.0.1:22", text));
  }
  return parse(text.substr(0, colon), text.substr(colon + 1), family, 1);
}

std::expected<Target, std::string> parse_bind_address(std::string_view text, Family family) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return parse("localhost", text, family, 0);
  if (colon == 0) {
    return std::unexpected(
        fmt::format("'{}' has no address: write {} for localhost, *{} for all", text, text.substr(1), text));
  }
  if (text.ends_with(']')) return std::unexpected(fmt::format("'{}' has no port, as in {}:1234", text, text));
  return parse(text.substr(0, colon), text.substr(colon + 1), family, 0);
}

}  // namespace serialtcp::io
