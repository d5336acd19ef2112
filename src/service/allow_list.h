// AllowList: where the other end may make this one connect to, or listen. A pattern is HOST:PORT:
//
//   HOST   name | *.example.com | 10.0.0.1 | 10.0.0.0/8 | [fd00::1] | [fd00::]/8 | *
//   PORT   22 | 1-1024 | *
//
// A name that a pattern contains is permitted wherever it resolves to, except to 0.0.0.0 and ::, which are
// not hosts. If there are patterns with addresses for its port, any other name is resolved, and only
// addresses that they cover are permitted. Otherwise it is not even resolved. Names are compared without case
// and without a final dot. An address is an address however it is written (net/host.h): no pattern with a
// name covers it. IPv4 written as IPv6 (::ffff:10.0.0.1) counts as IPv4; `localhost` also covers 127.0.0.1
// and ::1. 0.0.0.0 and :: are covered by themselves, /0 and *, not by other networks.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "os/asio.h"
#include "wire/address.h"

namespace serialtcp::io {

struct AllowPattern {
  struct AnyHost {
    bool operator==(const AnyHost&) const = default;
  };
  /// In lower case, without a dot at the end.
  struct Name {
    std::string text;
    enum class Covers : std::uint8_t { itself, what_is_below } covers = Covers::itself;
    bool operator==(const Name&) const = default;
  };
  /// IPv4 is stored as IPv6.
  struct Network {
    wire::Ipv6 address;
    unsigned prefix = 128;
    bool operator==(const Network&) const = default;
  };

  std::variant<AnyHost, Name, Network> host;
  std::uint16_t first_port = 0;
  std::uint16_t last_port = 0;

  bool operator==(const AllowPattern&) const = default;
};

/// What is requested. Port 0 for listening is any free one; only a pattern for port 0, or for all ports,
/// covers it.
enum class AllowedTo : std::uint8_t { connect, listen };

/// The error completes "argument X: ...".
std::expected<AllowPattern, std::string> parse_allow_pattern(std::string_view text, AllowedTo to);

class AllowList {
 public:
  enum class Verdict : std::uint8_t {
    allowed,
    by_address,  ///< a name: its addresses decide
    refused,     ///< not even to be resolved
  };

  explicit AllowList(std::vector<AllowPattern> patterns = {}) : patterns_(std::move(patterns)) {}

  bool empty() const { return patterns_.empty(); }
  Verdict judge(const wire::Address& wanted) const;
  bool allows(const asio::ip::address& address, std::uint16_t port) const;
  /// Whether a host with this verdict may be connected to, or listened at, under this address. It is asked
  /// for every address that is used, so that the spelling does not matter.
  bool permits(Verdict verdict, const asio::ip::address& address, std::uint16_t port) const;

 private:
  std::vector<AllowPattern> patterns_;
};

}  // namespace serialtcp::io
