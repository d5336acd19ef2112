// Parsing of HOST:PORT and [BIND_ADDRESS:]PORT.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "net/target.h"

namespace serialtcp::io {

// Errors complete "argument X: ...".

/// "192.168.0.1:22", "name:22", "[::1]:22"; the port is 1 to 65535.
std::expected<Target, std::string> parse_target(std::string_view text, Family family);

/// "1234", "0.0.0.0:1234", "[::]:1234"; the default host is localhost, the port is 0 to 65535 (0: any free
/// one).
std::expected<Target, std::string> parse_bind_address(std::string_view text, Family family);

/// Digits only, no sign, no blanks; an error when out of range.
std::expected<std::uint64_t, std::string> parse_number(std::string_view text, std::uint64_t least,
                                                       std::uint64_t most);

}  // namespace serialtcp::io
