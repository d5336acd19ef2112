// Repair: locates the error in a damaged frame, if it is one short burst, and restores what was sent.
//
// A burst changes a CRC by the burst itself, shifted by its distance from the end. The difference between the
// received and the computed check value is therefore shifted back, byte by byte, until it is short. The
// result is a guess, and must be accepted only when the sender has confirmed it: another error can look the
// same. docs/protocol.md, "Repair".
#pragma once

#include <cstddef>
#include <optional>

#include "wire/check_value.h"

namespace serialtcp::wire {

/// Bits from the first wrong one to the last. The longer this is, the more often another error looks like a
/// burst.
inline constexpr unsigned kLongestBurst = 16;

/// The frame `body` (with its check value, which is wrong) as it was sent, without its check value. Empty
/// unless one burst that explains the difference is shorter than all others, and is not in the first `known`
/// bytes, from which `context` was taken. The time is proportional to the body, some 10 us for the longest
/// one.
std::optional<Bytes> repair(ByteView body, std::size_t known, FrameEnd end, const CheckContext& context);

}  // namespace serialtcp::wire
