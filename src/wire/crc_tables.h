// The two CRCs of the protocol by tables of 256 entries, a byte at a time. For builds without ISA-L.
#pragma once

#include <cstdint>

#include "serialtcp/bytes.h"

namespace serialtcp::wire {

/// As crc32c_update and crc64_update in wire/crc.h.
std::uint32_t crc32c_by_table(std::uint32_t state, ByteView bytes);
std::uint64_t crc64_by_table(std::uint64_t state, ByteView bytes);

}  // namespace serialtcp::wire
