// Patterns are parsed once. Checked are IP addresses, or names as the other end has written them.
#include "service/allow_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "net/address.h"
#include "net/host.h"
#include "net/target_text.h"

namespace serialtcp::io {

namespace {

using Problem = std::unexpected<std::string>;
using Network = AllowPattern::Network;
using Name = AllowPattern::Name;

constexpr unsigned kAllBits = 128;
/// Bits before an IPv4 address that is written as IPv6.
constexpr unsigned kMappedPrefix = 96;

constexpr std::string_view kExpected =
    "is not HOST:PORT: HOST is a name, *.example.com, an address, a network such as 10.0.0.0/8 or [fd00::]/8, or "
    "*; PORT is a number, a range such as 1-1024, or *";

wire::Ipv6 as_v6(const asio::ip::address& address) {
  if (address.is_v6()) return address.to_v6().to_bytes();
  return asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()).to_bytes();
}

bool is_v4(const wire::Ipv6& address) {
  return asio::ip::address_v6(address).is_v4_mapped();
}

/// With all bits after the prefix set to zero.
wire::Ipv6 masked(wire::Ipv6 address, unsigned prefix) {
  for (unsigned bit = prefix; bit < kAllBits; ++bit) {
    address[bit / 8] = static_cast<Byte>(address[bit / 8] & ~(0x80U >> (bit % 8)));
  }
  return address;
}

/// 0.0.0.0 and :: are not addresses of a host, but stand for all addresses: they are covered only by a
/// pattern that is exactly this address, or covers everything.
bool covers(const Network& network, const wire::Ipv6& address) {
  if (is_v4(network.address) != is_v4(address)) return false;
  const unsigned everything = is_v4(address) ? kMappedPrefix : 0;
  const bool unspecified = masked(address, everything) == address;
  if (unspecified && network.prefix != kAllBits && network.prefix > everything) return false;
  return masked(address, network.prefix) == network.address;
}

bool covers(const Name& pattern, const std::string& name) {
  if (pattern.covers == Name::Covers::itself) return name == pattern.text;
  return name.size() > pattern.text.size() + 1 && name.ends_with(pattern.text) &&
         name[name.size() - pattern.text.size() - 1] == '.';
}

bool covers_port(const AllowPattern& pattern, std::uint16_t port) {
  return pattern.first_port <= port && port <= pattern.last_port;
}

// ---- Parsing ----

/// Whether a resolver may take it for an address, such as 127.1, 0x7f000001 and 2130706433.
bool ends_in_a_number(std::string_view name) {
  std::string_view last = name.substr(name.rfind('.') + 1);
  const bool hexadecimal = last.starts_with("0x");
  if (hexadecimal) last.remove_prefix(2);
  return std::ranges::all_of(last, [hexadecimal](unsigned char c) {
    return std::isdigit(c) != 0 || (hexadecimal && std::isxdigit(c) != 0);
  });
}

std::optional<Name> parse_name(std::string_view text) {
  Name name;
  if (text.starts_with("*.")) {
    name.covers = Name::Covers::what_is_below;
    text.remove_prefix(2);
  }
  const auto fits = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_';
  };
  name.text = plain_name(text);
  if (name.text.empty() || name.text.starts_with('.') || name.text.size() > wire::kMaxHostName ||
      !std::ranges::all_of(name.text, fits) || ends_in_a_number(name.text)) {
    return std::nullopt;
  }
  return name;
}

/// An address, optionally with a prefix length.
std::expected<Network, std::string> parse_network(std::string_view address_text,
                                                  std::optional<std::string_view> prefix_text,
                                                  std::string_view whole) {
  const auto address = plainly_written_address(std::string(address_text));
  if (!address || address_text.find('%') != std::string_view::npos)
    return Problem(fmt::format("'{}' {}", whole, kExpected));
  const unsigned bits = address->is_v4() ? kAllBits - kMappedPrefix : kAllBits;
  Network network{as_v6(*address), kAllBits};
  if (!prefix_text) return network;
  const auto prefix = parse_number(*prefix_text, 0, bits);
  if (!prefix) {
    return Problem(fmt::format("'{}' is not the length of a network's prefix, 0 to {}", *prefix_text, bits));
  }
  network.prefix = static_cast<unsigned>(*prefix) + kAllBits - bits;
  if (masked(network.address, network.prefix) != network.address) {
    return Problem(
        fmt::format("'{}/{}' is not a network: bits after the prefix are not 0", address_text, *prefix_text));
  }
  return network;
}

std::expected<decltype(AllowPattern::host), std::string> parse_host(std::string_view text,
                                                                    std::string_view whole) {
  if (text == "*") return AllowPattern::AnyHost{};
  const bool brackets = text.starts_with('[');
  const std::size_t slash = std::min(text.find('/'), text.size());
  std::string_view address = text.substr(0, slash);
  if (brackets) {
    if (!address.ends_with(']') || address.find(':') == std::string_view::npos)
      return Problem(fmt::format("'{}' {}", whole, kExpected));
    address = address.substr(1, address.size() - 2);
  } else if (text.find(':') != std::string_view::npos) {
    return Problem(
        fmt::format("'{}' is not a host: write IPv6 addresses in brackets, as in [fd00::]/8", text));
  } else if (auto name = parse_name(text)) {
    return std::move(*name);
  }
  const auto prefix = slash < text.size() ? std::optional(text.substr(slash + 1)) : std::nullopt;
  return parse_network(address, prefix, whole);
}

std::expected<std::pair<std::uint16_t, std::uint16_t>, std::string> parse_ports(std::string_view text,
                                                                                AllowedTo to) {
  constexpr std::uint64_t kMost = UINT16_MAX;
  const std::uint64_t least = to == AllowedTo::connect ? 1 : 0;
  if (text == "*") return std::pair(std::uint16_t{0}, std::uint16_t{kMost});
  const std::size_t dash = text.find('-');
  const auto first = parse_number(text.substr(0, dash), least, kMost);
  const auto last =
      dash == std::string_view::npos ? first : parse_number(text.substr(dash + 1), least, kMost);
  if (!first || !last || *first > *last) {
    return Problem(fmt::format("'{}' is not a port, {} to 65535, a range such as 1-1024, or *", text, least));
  }
  return std::pair(static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last));
}

}  // namespace

std::expected<AllowPattern, std::string> parse_allow_pattern(std::string_view text, AllowedTo to) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || text.ends_with(']'))
    return Problem(fmt::format("'{}' {}", text, kExpected));
  auto host = parse_host(text.substr(0, colon), text);
  if (!host) return Problem(host.error());
  const auto ports = parse_ports(text.substr(colon + 1), to);
  if (!ports) return Problem(ports.error());
  return AllowPattern{std::move(*host), ports->first, ports->second};
}

AllowList::Verdict AllowList::judge(const wire::Address& wanted) const {
  if (const auto address = numeric(wanted))
    return allows(*address, wanted.port) ? Verdict::allowed : Verdict::refused;
  const std::string& text = std::get<std::string>(wanted.host);
  const auto written = written_address(text);
  if (!written && !is_name(text)) return Verdict::refused;
  if (written && allows(*written, wanted.port)) return Verdict::allowed;
  const std::string name = plain_name(text);
  bool addresses_may = false;
  for (const AllowPattern& pattern : patterns_) {
    if (!covers_port(pattern, wanted.port)) continue;
    if (std::holds_alternative<AllowPattern::AnyHost>(pattern.host)) return Verdict::allowed;
    const auto* const pattern_name = std::get_if<Name>(&pattern.host);
    if (!written && pattern_name != nullptr && covers(*pattern_name, name)) return Verdict::allowed;
    if (std::holds_alternative<Network>(pattern.host)) addresses_may = true;
  }
  return addresses_may ? Verdict::by_address : Verdict::refused;
}

bool AllowList::permits(Verdict verdict, const asio::ip::address& address, std::uint16_t port) const {
  if (verdict == Verdict::refused) return false;
  const bool unspecified = plain_address(address).is_unspecified();
  return (verdict == Verdict::allowed && !unspecified) || allows(address, port);
}

bool AllowList::allows(const asio::ip::address& address, std::uint16_t port) const {
  const wire::Ipv6 wanted = as_v6(address);
  const bool loopback =
      wanted == as_v6(asio::ip::address_v4::loopback()) || wanted == as_v6(asio::ip::address_v6::loopback());
  return std::ranges::any_of(patterns_, [&](const AllowPattern& pattern) {
    if (!covers_port(pattern, port)) return false;
    if (std::holds_alternative<AllowPattern::AnyHost>(pattern.host)) return true;
    if (const auto* const network = std::get_if<Network>(&pattern.host)) return covers(*network, wanted);
    const Name& name = std::get<Name>(pattern.host);
    return loopback && name.covers == Name::Covers::itself && name.text == "localhost";
  });
}

}  // namespace serialtcp::io
