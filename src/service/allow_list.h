// AllowList: what the other end may have this one connect to, or listen on. A pattern is HOST:PORT:
//
//   HOST   name | *.example.com | 10.0.0.1 | 10.0.0.0/8 | [fd00::1] | [fd00::]/8 | *
//   PORT   22 | 1-1024 | *
//
// A name that a pattern names may go wherever it resolves to, except to 0.0.0.0 and ::, which are no host.
// Where there are addresses for its port, any other name is looked up and only the addresses that they cover
// count. Else nothing is even looked up. Names have no case and no dot at the end. An address is an address
// however it is written (net/host.h): no pattern with a name covers it. IPv4 that is written as IPv6
// (::ffff:10.0.0.1) counts as IPv4; `localhost` covers 127.0.0.1 and ::1 as well. 0.0.0.0 and :: are covered
// by themselves, /0 and *, not by networks in between.
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
  /// IPv4 is kept as IPv6.
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

/// What is asked for: port 0 of something to listen at is any free one, and only a pattern for that, or for
/// every port, covers it.
enum class AllowedTo : std::uint8_t { connect, listen };

/// The error completes "argument X: ...".
std::expected<AllowPattern, std::string> parse_allow_pattern(std::string_view text, AllowedTo to);

class AllowList {
 public:
  enum class Verdict : std::uint8_t {
    allowed,
    by_address,  ///< a name, of which the addresses decide
    refused,     ///< do not even look it up
  };

  explicit AllowList(std::vector<AllowPattern> patterns = {}) : patterns_(std::move(patterns)) {}

  bool empty() const { return patterns_.empty(); }
  Verdict judge(const wire::Address& wanted) const;
  bool allows(const asio::ip::address& address, std::uint16_t port) const;
  /// Whether a host with this verdict may be connected to, or listened at, under this address: asked of every
  /// address that is used, so that what counts is not how it was written.
  bool permits(Verdict verdict, const asio::ip::address& address, std::uint16_t port) const;

 private:
  std::vector<AllowPattern> patterns_;
};

}  // namespace serialtcp::io
