// What the sockets of a World write: bytes that depend on a pattern's number and the offset alone, so that
// whoever knows the number can check any byte.
#pragma once

#include <cstdint>

#include "serialtcp/bytes.h"

namespace serialtcp::test {

enum class Payload : std::uint8_t {
  random,
  text,   ///< English-like: it shrinks to about a quarter
  mixed,  ///< 6 kB of the one and 6 kB of the other in turn
};

/// The number of a pattern says what it is made of. Later ones are greater.
inline std::uint64_t pattern_number(Payload payload, std::uint64_t serial) {
  return 4 * serial + static_cast<std::uint8_t>(payload);
}

/// The bytes that a socket writes: the pattern's own number first, so that a reader who knows nothing can
/// check the rest.
Byte pattern_byte(std::uint64_t pattern, std::uint64_t offset);

}  // namespace serialtcp::test
