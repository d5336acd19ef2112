// What the sockets of a World write: bytes that depend only on the number of a pattern and the offset, so
// that any byte can be checked if the number is known.
#pragma once

#include <cstdint>

#include "serialtcp/bytes.h"

namespace serialtcp::test {

enum class Payload : std::uint8_t {
  random,
  text,   ///< English-like: it compresses to about a quarter
  mixed,  ///< 6 kB of each alternately
};

/// The number of a pattern determines its kind of payload. Later ones are greater.
inline std::uint64_t pattern_number(Payload payload, std::uint64_t serial) {
  return 4 * serial + static_cast<std::uint8_t>(payload);
}

/// The bytes that a socket writes. They begin with the pattern's number, so that a reader can check the rest.
Byte pattern_byte(std::uint64_t pattern, std::uint64_t offset);

}  // namespace serialtcp::test
