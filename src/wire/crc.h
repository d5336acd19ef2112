// The two CRCs of the protocol, as ISA-L computes them; by tables where the build does without that library.
#pragma once

#include <cstdint>

#include "serialtcp/bytes.h"

namespace serialtcp::wire {

/// Of CRC-32C, reflected (RFC 3720, appendix B.4).
inline constexpr std::uint32_t kCrcPolynomial = 0x82F63B78;

/// CRC-32C (Castagnoli). Begins with all ones; the final XOR is the caller's.
std::uint32_t crc32c_update(std::uint32_t state, ByteView bytes);

/// CRC-64 of Jones, reflected. A state is a result: it is inverted before and after.
std::uint64_t crc64_update(std::uint64_t state, ByteView bytes);

}  // namespace serialtcp::wire
