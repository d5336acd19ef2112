// The fingerprint of a frame: a CRC of 64 bits over what its check value covers. It is not part of the frame.
// The end that made the frame keeps it, and can tell with it whether the other end has repaired the frame
// correctly. docs/protocol.md, "Repair".
//
// Its polynomial (Jones) has no factor in common with that of CRC-32C: a wrong frame that passes both checks
// has passed 96 bits.
#pragma once

#include <cstdint>

#include "wire/check_value.h"

namespace serialtcp::wire {

inline constexpr std::size_t kFingerprintSize = 8;

/// Computes a fingerprint incrementally, while the body is produced.
class Fingerprint {
 public:
  explicit Fingerprint(const CheckContext& context);
  void add(ByteView bytes);
  std::uint64_t finish(FrameEnd end) const;

 private:
  std::uint64_t state_ = 0;
};

}  // namespace serialtcp::wire
