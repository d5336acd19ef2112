// The fingerprint of a frame: a CRC of 64 bits over what its check value covers. It is not part of the frame.
// The end that made the frame keeps it, and so can tell whether the other end, which has mended the frame,
// got it right. docs/protocol.md, "Repair".
//
// Its polynomial (Jones) has no factor in common with the one of CRC-32C, so a wrong frame that has passed
// both has passed 96 bits.
#pragma once

#include <cstdint>

#include "wire/check_value.h"

namespace serialtcp::wire {

inline constexpr std::size_t kFingerprintSize = 8;

/// Computes a fingerprint piece by piece, as the body is made.
class Fingerprint {
 public:
  explicit Fingerprint(const CheckContext& context);
  void add(ByteView bytes);
  std::uint64_t finish(FrameEnd end) const;

 private:
  std::uint64_t state_ = 0;
};

}  // namespace serialtcp::wire
