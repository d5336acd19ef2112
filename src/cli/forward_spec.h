// What -L and -R take, [BIND_ADDRESS:]PORT:HOST:HOSTPORT, and what -D takes, [BIND_ADDRESS:]PORT, as ssh
// does, parsed once at the door. Opens nothing.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "net/target.h"
#include "wire/address.h"

namespace serialtcp::cli {

/// Each end can have so many of -L, so many of -R and so many of -D: as many as listeners that the other end
/// grants.
inline constexpr std::size_t kMaxForwards = 64;
/// Patterns of --allow, and of --allow-listen: each is looked at for each connection.
inline constexpr std::size_t kMaxAllowPatterns = 256;

/// A place to listen at one end, and where its connections come out at the other.
struct ForwardSpec {
  wire::Address listen;  ///< port 0: any free one
  wire::Address to;

  bool operator==(const ForwardSpec&) const = default;
};

/// "8080:192.168.0.1:80", "*:8080:web:80", "[::1]:8080:[fd00::1]:80". Without a bind address it is
/// localhost's; an empty one, or *, is that of every interface: both of this family, or of both families. The error completes
/// "argument X: ...".
std::expected<ForwardSpec, std::string> parse_forward_spec(std::string_view text, io::Family family);

/// "1080", "*:1080", "[::1]:1080": the same without where to.
std::expected<wire::Address, std::string> parse_dynamic_spec(std::string_view text, io::Family family);

}  // namespace serialtcp::cli
