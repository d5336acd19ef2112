// What -L and -R take, [BIND_ADDRESS:]PORT:HOST:HOSTPORT, and what -D takes, [BIND_ADDRESS:]PORT, as ssh
// does. Parses them; opens nothing.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "net/target.h"
#include "wire/address.h"

namespace serialtcp::cli {

/// The most -L, -R and -D options at each end, each: as many listeners as the other end allows.
inline constexpr std::size_t kMaxForwards = 64;
/// The most patterns of --allow, and of --allow-listen: all are compared for each connection.
inline constexpr std::size_t kMaxAllowPatterns = 256;

/// An address to listen on at one end, and the target of its connections at the other.
struct ForwardSpec {
  wire::Address listen;  ///< port 0: any free one
  wire::Address to;

  bool operator==(const ForwardSpec&) const = default;
};

/// "8080:192.168.0.1:80", "*:8080:web:80", "[::1]:8080:[fd00::1]:80". Without a bind address it is
/// localhost; an empty one, or *, means all interfaces. Both are of this family, or of both families. The
/// error completes "argument X: ...".
std::expected<ForwardSpec, std::string> parse_forward_spec(std::string_view text, io::Family family);

/// "1080", "*:1080", "[::1]:1080": the same without a target.
std::expected<wire::Address, std::string> parse_dynamic_spec(std::string_view text, io::Family family);

}  // namespace serialtcp::cli
