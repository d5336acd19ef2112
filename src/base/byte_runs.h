// Copying and searching views of bytes with the C library, whose vector instructions g++ 12 does not use for
// std::ranges::copy and std::ranges::find: there it takes a byte at a time.
#pragma once

#include <cstring>

#include "base/check.h"
#include "serialtcp/bytes.h"

namespace serialtcp::base {

/// Copies all of `from` to the beginning of `into`, which is at least as long. They must not overlap.
inline void copy_bytes(ByteView from, MutableByteView into) {
  CHECK(from.size() <= into.size());
  if (!from.empty()) std::memcpy(into.data(), from.data(), from.size());
}

/// How many bytes come before the first `byte`; all, if there is none.
inline std::size_t run_before(ByteView bytes, Byte byte) {
  if (bytes.empty()) return 0;
  const void* const hit = std::memchr(bytes.data(), byte, bytes.size());
  if (hit == nullptr) return bytes.size();
  return static_cast<std::size_t>(static_cast<const Byte*>(hit) - bytes.data());
}

}  // namespace serialtcp::base
