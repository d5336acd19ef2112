// FCS-16: the check value at the end of PPP's frames (RFC 1662 appendix C; CRC-16/X-25).
#pragma once

#include <cstdint>

#include "serialtcp/bytes.h"

namespace serialtcp::ppp {

inline constexpr std::uint16_t kFcsStart = 0xFFFF;
/// Of a good frame together with its check value.
inline constexpr std::uint16_t kFcsGood = 0xF0B8;

/// Continued over these bytes. Its complement is sent, low byte first.
std::uint16_t fcs16(std::uint16_t fcs, ByteView bytes);

}  // namespace serialtcp::ppp
