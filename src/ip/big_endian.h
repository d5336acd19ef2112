// Numbers in network byte order at a place in bytes. A place outside of them is a CHECK: whoever calls has looked at
// the size (ip/packet).
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "serialtcp/bytes.h"

namespace serialtcp::ip {

inline std::uint16_t get16(ByteView bytes, std::size_t at) {
  CHECK(at + 2 <= bytes.size());
  return static_cast<std::uint16_t>(bytes[at] << 8U | bytes[at + 1]);
}

inline std::uint32_t get32(ByteView bytes, std::size_t at) {
  return std::uint32_t{get16(bytes, at)} << 16U | get16(bytes, at + 2);
}

inline void put16(MutableByteView bytes, std::size_t at, std::uint16_t value) {
  CHECK(at + 2 <= bytes.size());
  bytes[at] = static_cast<Byte>(value >> 8U);
  bytes[at + 1] = static_cast<Byte>(value);
}

inline void put32(MutableByteView bytes, std::size_t at, std::uint32_t value) {
  put16(bytes, at, static_cast<std::uint16_t>(value >> 16U));
  put16(bytes, at + 2, static_cast<std::uint16_t>(value));
}

}  // namespace serialtcp::ip
