// The claim of a port of an address, for the kinds that have ports.
#pragma once

#include <optional>
#include <string_view>

#include "service/service_kind.h"

namespace serialtcp::io {

/// `protocol` is "tcp" or "udp". Empty for port 0, which is any free one.
std::optional<Claim> host_claim(std::string_view protocol, const Target& at);

/// Why a socket cannot be bound; empty without an error. `text`: of the place.
std::optional<Obstacle> bind_obstacle(std::string_view text, const ErrorCode& error);

}  // namespace serialtcp::io
