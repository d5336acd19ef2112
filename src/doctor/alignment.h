// What became of bytes on their way: which arrived, which were lost, changed, or came in addition. It finds the place again after
// each fault.
#pragma once

#include <array>
#include <cstdint>

#include "serialtcp/bytes.h"

namespace serialtcp::doctor {

struct Alignment {
  std::uint64_t arrived = 0;  ///< unchanged
  std::uint64_t lost = 0;
  std::uint64_t changed = 0;
  std::uint64_t added = 0;
  std::uint64_t flipped = 0;  ///< bits of those that were changed
  /// Of each value: how many were sent, and arrived.
  std::array<std::uint32_t, 256> sent_of = {};
  std::array<std::uint32_t, 256> arrived_of = {};

  /// Some, but not all of what was sent; and nothing of it.
  bool is_exact() const { return lost == 0 && changed == 0 && added == 0; }
};

/// Bytes in which the place is searched for. More that are lost at once count as a mixture.
inline constexpr std::size_t kAlignmentWindow = 64;

/// The time grows with the faults: some thousand steps for each.
Alignment align(ByteView sent, ByteView received);

}  // namespace serialtcp::doctor
