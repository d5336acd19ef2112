// Repair: where in a damaged frame the error is, if it is one short burst, and what was there before.
//
// A burst changes a CRC by the burst itself, moved on by its distance from the end. So the difference between
// the check value that came and the one that was computed is moved back, byte by byte, until it is short.
// What that gives is a guess, to be trusted only when the sender has said that it is right: another error
// can look the same. docs/protocol.md, "Repair".
#pragma once

#include <cstddef>
#include <optional>

#include "wire/check_value.h"

namespace serialtcp::wire {

/// Bits from the first wrong one to the last: two bytes. The longer, the more often would something else than
/// a burst look like one.
inline constexpr unsigned kLongestBurst = 16;

/// What the frame `body` (with its check value, which is wrong) was, without its check value, if the shortest
/// burst that explains the difference is the only one of its length, and not in the first `known` bytes,
/// which `context` was taken from. Takes time in proportion to the body: some 10 us for the longest.
std::optional<Bytes> repair(ByteView body, std::size_t known, FrameEnd end, const CheckContext& context);

}  // namespace serialtcp::wire
