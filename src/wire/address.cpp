// Reading and writing the three kinds of addresses.
#include "wire/address.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace serialtcp::wire {

namespace {

enum class Kind : Byte { ipv4 = 1, name = 3, ipv6 = 4 };

template <class Host>
Host numeric(base::Reader& in) {
  Host host{};
  std::ranges::copy(in.take(host.size()), host.begin());
  return host;
}

std::optional<std::string> name(base::Reader& in) {
  const ByteView bytes = in.take(in.u8());
  std::string text(bytes.begin(), bytes.end());
  if (!in.good() || !is_host_name(text)) return std::nullopt;
  return text;
}

}  // namespace

bool is_host_name(std::string_view text) {
  const auto fits = [](char c) { return c > ' ' && c <= '~'; };
  return !text.empty() && text.size() <= kMaxHostName && std::ranges::all_of(text, fits);
}

void write_address(const Address& address, base::Writer& out) {
  if (const auto* const text = std::get_if<std::string>(&address.host)) {
    CHECK(is_host_name(*text));
    out.u8(static_cast<Byte>(Kind::name));
    out.u8(static_cast<Byte>(text->size()));
    for (const char c : *text) out.u8(static_cast<Byte>(c));
  } else if (const auto* const v4 = std::get_if<Ipv4>(&address.host)) {
    out.u8(static_cast<Byte>(Kind::ipv4));
    out.bytes(*v4);
  } else {
    out.u8(static_cast<Byte>(Kind::ipv6));
    out.bytes(std::get<Ipv6>(address.host));
  }
  out.u8(static_cast<Byte>(address.port >> 8));
  out.u8(static_cast<Byte>(address.port));
}

std::size_t missing_of_address(ByteView beginning) {
  constexpr std::size_t kPort = 2;
  if (beginning.empty()) return 1;
  std::size_t whole = 0;
  switch (static_cast<Kind>(beginning[0])) {
    case Kind::ipv4:
      whole = 1 + Ipv4{}.size() + kPort;
      break;
    case Kind::ipv6:
      whole = 1 + Ipv6{}.size() + kPort;
      break;
    case Kind::name:
      whole = beginning.size() == 1 ? 2 : std::size_t{2} + beginning[1] + kPort;
      break;
  }
  return whole > beginning.size() ? whole - beginning.size() : 0;
}

std::optional<Address> read_address(base::Reader& in) {
  Address address;
  switch (static_cast<Kind>(in.u8())) {
    case Kind::ipv4:
      address.host = numeric<Ipv4>(in);
      break;
    case Kind::ipv6:
      address.host = numeric<Ipv6>(in);
      break;
    case Kind::name: {
      auto text = name(in);
      if (!text) return std::nullopt;
      address.host = std::move(*text);
      break;
    }
    default:
      return std::nullopt;
  }
  const unsigned high = in.u8();
  address.port = static_cast<std::uint16_t>((high << 8) | in.u8());
  if (!in.good()) return std::nullopt;
  return address;
}

}  // namespace serialtcp::wire
