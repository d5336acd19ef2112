// Patterns of --allow and hosts, both arbitrary text. However a host is written, the set of addresses that
// the patterns name decides, computed here a second time, bit by bit; and a text that the C library accepts
// as an address is never treated as a name.
//
//   first line: the host; second: an address that it resolves to, if it is a name; the others: a pattern each
#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "input.h"
#include "net/address.h"
#include "net/host.h"
#include "service/allow_list.h"

namespace serialtcp::fuzz {
namespace {

using Bits = std::array<std::uint8_t, 16>;

constexpr std::uint16_t kPort = 22;

std::vector<std::string> lines(std::string_view text) {
  std::vector<std::string> list;
  while (!text.empty() && list.size() < 20) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    list.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return list;
}

/// IPv4 as ::ffff:a.b.c.d.
std::optional<Bits> bits_of(const std::string& text) {
  Bits bits{};
  if (::inet_pton(AF_INET6, text.c_str(), bits.data()) == 1) return bits;
  bits.fill(0);
  bits[10] = bits[11] = 0xFF;
  if (::inet_pton(AF_INET, text.c_str(), bits.data() + 12) == 1) return bits;
  return std::nullopt;
}

bool is_mapped(const Bits& bits) {
  return std::all_of(bits.begin(), bits.begin() + 10, [](auto byte) { return byte == 0; }) &&
         bits[10] == 0xFF && bits[11] == 0xFF;
}

bool is_unspecified(const Bits& bits) {
  const auto begin = bits.begin() + (is_mapped(bits) ? 12 : 0);
  return std::all_of(begin, bits.end(), [](auto byte) { return byte == 0; });
}

/// What the C library connects to without a look-up.
std::optional<Bits> by_the_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* list = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &list) != 0) return std::nullopt;
  std::array<char, NI_MAXHOST> text{};
  const void* raw =
      list->ai_family == AF_INET6
          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(list->ai_addr)->sin6_addr)
          : &reinterpret_cast<const sockaddr_in*>(list->ai_addr)->sin_addr;
  ::inet_ntop(list->ai_family, raw, text.data(), text.size());
  ::freeaddrinfo(list);
  return bits_of(text.data());
}

/// A pattern that was accepted, parsed a second time.
struct Pattern {
  std::string host;
  bool port_fits = false;

  explicit Pattern(const std::string& text) : host(text.substr(0, text.rfind(':'))) {
    const std::string port = text.substr(text.rfind(':') + 1);
    const std::size_t dash = port.find('-');
    const int first = std::atoi(port.c_str());
    const int last = dash == std::string::npos ? first : std::atoi(port.c_str() + dash + 1);
    port_fits = port == "*" || (first <= kPort && kPort <= last);
  }

  bool covers(const Bits& address) const {
    if (!port_fits) return false;
    if (host == "*") return true;
    if (lower(host) == "localhost") return is_loopback(address);
    const std::size_t slash = std::min(host.find('/'), host.size());
    std::string text = host.substr(0, slash);
    if (text.starts_with('[')) text = text.substr(1, text.size() - 2);
    const auto network = bits_of(text);
    if (!network || is_mapped(*network) != is_mapped(address)) return false;
    const bool v4_text = text.find(':') == std::string::npos;
    const int prefix = slash == host.size() ? 128 : std::atoi(host.c_str() + slash + 1) + (v4_text ? 96 : 0);
    const int everything = is_mapped(address) ? 96 : 0;
    if (is_unspecified(address) && prefix != 128 && prefix > everything) return false;
    for (std::size_t bit = 0; bit < static_cast<std::size_t>(prefix); ++bit) {
      const unsigned mask = 0x80U >> (bit % 8);
      if (((*network)[bit / 8] & mask) != (address[bit / 8] & mask)) return false;
    }
    return true;
  }

  /// Whether it is the pattern of a name, and of this one.
  bool names(const std::string& name) const {
    if (!port_fits || bits_of(host) || host.find_first_of("/[") != std::string::npos) return false;
    if (host == "*") return true;
    const std::string wanted = lower(name);
    const std::string own = lower(host);
    if (!own.starts_with("*.")) return wanted == own;
    return wanted.size() >= own.size() && wanted.ends_with(own.substr(1));
  }

  static std::string lower(std::string text) {
    if (text.ends_with('.')) text.pop_back();
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
  }

  static bool is_loopback(const Bits& address) {
    return address == bits_of("127.0.0.1") || address == bits_of("::1");
  }
};

void judge(const std::string& host, const std::optional<Bits>& leads_to,
           const std::vector<std::string>& texts) {
  std::vector<io::AllowPattern> patterns;
  std::vector<Pattern> again;
  for (const std::string& text : texts) {
    auto pattern = io::parse_allow_pattern(text, io::AllowedTo::connect);
    if (!pattern) continue;
    patterns.push_back(std::move(*pattern));
    again.emplace_back(text);
  }
  const io::AllowList allowed(patterns);
  const auto verdict = allowed.judge({host, kPort});
  const auto covered = [&](const Bits& address) {
    return std::ranges::any_of(again, [&](const Pattern& pattern) { return pattern.covers(address); });
  };
  const auto permitted = [&](const io::asio::ip::address& address) {
    return allowed.permits(verdict, address, kPort);
  };
  const auto ours = io::written_address(host);
  const auto system = by_the_system(host);
  demand(!system || !io::is_name(host), "what the C library takes for an address is no name");
  if (ours) {
    const auto bits = bits_of(io::host_text(io::to_address(*ours, 0)));
    demand(bits.has_value(), "an address has bits");
    demand(!system || bits == system, "an address is the one that the C library takes it for");
    demand(permitted(*ours) == covered(*bits), "an address is judged by what it is");
    return;
  }
  if (!io::is_name(host)) {
    demand(verdict == io::AllowList::Verdict::refused, "what is neither address nor name is refused");
    return;
  }
  if (!leads_to) return;
  const bool named = std::ranges::any_of(again, [&](const Pattern& pattern) { return pattern.names(host); });
  io::asio::ip::address_v6::bytes_type raw;
  std::ranges::copy(*leads_to, raw.begin());
  const bool may = (named && !is_unspecified(*leads_to)) ||
                   (verdict != io::AllowList::Verdict::refused && covered(*leads_to));
  demand(permitted(io::asio::ip::address_v6(raw)) == may,
         "a name is judged by its pattern, or by where it leads");
}

}  // namespace
}  // namespace serialtcp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace serialtcp;
  std::vector<std::string> list = fuzz::lines({reinterpret_cast<const char*>(data), size});
  list.resize(std::max<std::size_t>(list.size(), 2));
  if (!wire::is_host_name(list[0])) return 0;  // refused before, when it is received
  fuzz::judge(list[0], fuzz::bits_of(list[1]), {list.begin() + 2, list.end()});
  return 0;
}
