// Parts: pieces of a DATA chunk with check values of their own, which prove them before their frame has ended.
// docs/protocol.md, "Parts".
//
//   PARTS  47  length>=1  units:1   DATA (or PACKED DATA) with an offset, to the end of the frame
//
//   the bytes of the DATA:  ( part  check:4 )*  [rest]        part: units * 16 bytes; rest: at most as many
//
// The check value of a part covers the frame so far, from the part that is not sent on, and then a byte that says that the frame
// goes on.
#pragma once

#include <algorithm>
#include <cstddef>

#include "serialtcp/bytes.h"
#include "wire/check_value.h"
#include "wire/chunk.h"

namespace serialtcp::wire {

/// Lengths of parts are multiples of this.
inline constexpr std::size_t kPartUnit = 16;
/// Shorter ones are protocol violations: each is work for the receiver.
inline constexpr std::size_t kLeastPart = 64;
inline constexpr std::size_t kMostPart = 255 * kPartUnit;

/// Whether a chunk that is complete has bytes of a correct peer: a rest has at most the length of a part.
inline bool are_parts(const chunk::Data& data) {
  return data.part == 0 || data.bytes.size() % (data.part + kCheckSize) <= data.part;
}

/// Calls take(place in the chunk, bytes) for each part of the chunk, without check values, or once for a chunk that has none.
/// Ends as soon as take() returns false, and returns what it has returned.
template <class Take>
bool each_part(const chunk::Data& data, Take&& take) {
  if (data.part == 0) return take(std::size_t{0}, data.bytes);
  ByteView left = data.bytes;
  for (std::size_t place = 0; !left.empty(); place += data.part) {
    const std::size_t count = std::min<std::size_t>(left.size(), data.part);
    if (!take(place, left.first(count))) return false;
    left = left.subspan(std::min(left.size(), count + kCheckSize));
  }
  return true;
}

}  // namespace serialtcp::wire
