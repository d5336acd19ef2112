// What comes back of what this end has sent: nothing, all of it as a plug with RX and TX joined gives it, or what a terminal
// shows of it.
#pragma once

#include <cstdint>

#include "serialtcp/bytes.h"

namespace serialtcp::doctor {

enum class Echo : std::uint8_t {
  none,
  altered,    ///< text of it, but not what terminals act on
  unaltered,  ///< all of it, but for what noise has damaged
};

/// `sent` and `received` of the same time, from the beginning; some hundred bytes are enough. Both have at most
/// kMostCompared bytes that are looked at.
inline constexpr std::size_t kMostCompared = 4096;
Echo echo_in(ByteView sent, ByteView received);

}  // namespace serialtcp::doctor
