// Uses the C library's own functions, so that no text which it accepts as an address can pass as a name.
#include "net/host.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>

#include "net/system_address.h"

namespace serialtcp::io {

namespace {

/// The maximum length of a name; addresses are shorter.
constexpr std::size_t kLongest = 255;

bool has_scopes(const asio::ip::address_v6& address) {
  return address.is_link_local() || address.is_multicast_link_local() || address.is_multicast_node_local();
}

/// An interface of this machine, by its name or number; empty if there is none.
std::optional<std::uint32_t> scope(const std::string& text) {
  if (const std::uint32_t index = interface_number(text); index != 0) return index;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<asio::ip::address> written_v6(std::string_view text) {
  const std::size_t percent = text.find('%');
  in6_addr bytes{};
  if (::inet_pton(AF_INET6, std::string(text.substr(0, percent)).c_str(), &bytes) != 1) return std::nullopt;
  asio::ip::address_v6::bytes_type raw;
  std::copy_n(bytes.s6_addr, raw.size(), raw.begin());
  asio::ip::address_v6 address(raw);
  if (percent == std::string_view::npos) return plain_address(address);
  // The C library supports scopes only for these addresses, and takes others with a scope for invalid.
  if (!has_scopes(address)) return std::nullopt;
  const auto index = scope(std::string(text.substr(percent + 1)));
  if (!index) return std::nullopt;
  address.scope_id(*index);
  return address;
}

std::optional<asio::ip::address> written_v4(std::string_view text) {
  // The C library ignores text after a blank.
  const auto fits = [](unsigned char c) { return std::isxdigit(c) != 0 || c == 'x' || c == 'X' || c == '.'; };
  if (!std::ranges::all_of(text, fits)) return std::nullopt;
  return system_address_v4(std::string(text));
}

}  // namespace

asio::ip::address plain_address(const asio::ip::address& address) {
  if (address.is_v4()) return address;
  const asio::ip::address_v6 v6 = address.to_v6();
  if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6);
  if (has_scopes(v6)) return address;
  return asio::ip::address_v6(v6.to_bytes());
}

std::optional<asio::ip::address> written_address(std::string_view text) {
  if (text.empty() || text.size() > kLongest || text.find('\0') != std::string_view::npos)
    return std::nullopt;
  if (text.find(':') != std::string_view::npos) return written_v6(text);
  if (text.ends_with('.')) text.remove_suffix(1);  // as browsers do
  return written_v4(text);
}

std::optional<asio::ip::address> plainly_written_address(const std::string& text) {
  ErrorCode error;
  const auto address = asio::ip::make_address(text, error);
  if (error || (address.is_v4() && address.to_string() != text)) return std::nullopt;
  return address;
}

bool is_name(std::string_view text) {
  const auto fits = [](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.');
  };
  if (text.empty() || text.size() > kLongest || !std::ranges::all_of(text, fits)) return false;
  if (text.ends_with('.')) text.remove_suffix(1);
  return !text.empty() && !text.starts_with('.') && !text.ends_with('.') &&
         text.find("..") == std::string_view::npos && !written_address(text);
}

std::string plain_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  std::string name(text);
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

bool is_localhost(std::string_view text) {
  return plain_name(text) == "localhost";
}

}  // namespace serialtcp::io
