// When hellos and their echoes are expected: for all of the tunnel that begins a link.
#pragma once

#include "serialtcp/time.h"

namespace serialtcp::tunnel {

/// Hellos are repeated ever less often, at last at this interval.
inline constexpr Duration kLastHelloInterval = std::chrono::seconds(1);
/// An echo of what was sent arrives within this time.
inline constexpr Duration kLongestEcho = std::chrono::seconds(2);

}  // namespace serialtcp::tunnel
