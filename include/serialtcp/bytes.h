// Views of bytes. A view owns nothing; the function that passes one specifies how long it is valid.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace serialtcp {

using Byte = std::uint8_t;
using ByteView = std::span<const Byte>;
using MutableByteView = std::span<Byte>;
using Bytes = std::vector<Byte>;

}  // namespace serialtcp
