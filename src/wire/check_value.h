// The check value of a frame: CRC-32C (Castagnoli, as in RFC 3720) over a part that is not sent, then the
// body, then the byte that says how the frame ended. The part that is not sent contains the two sessions (and
// thus the direction) and the frame's whole number. A frame of another session, of the other direction (an
// echo), or one that is received a second time therefore fails the check like noise.
#pragma once

#include <array>
#include <cstdint>

#include "serialtcp/bytes.h"
#include "serialtcp/ids.h"
#include "wire/codec.h"

namespace serialtcp::wire {

inline constexpr std::size_t kCheckSize = 4;
/// What the check value of a part covers where that of a frame covers its end.
inline constexpr Byte kFrameGoesOn = 0x00;

/// What is covered but not sent. All zero for a hello.
struct CheckContext {
  SessionId sender;
  SessionId receiver;
  std::uint64_t number = 0;
};

/// The bytes of `context`, as the check value covers them.
std::array<Byte, 24> hidden_part(const CheckContext& context);

/// Computes a check value incrementally, while the body is produced.
class CheckValue {
 public:
  explicit CheckValue(const CheckContext& context);
  void add(ByteView bytes);
  std::uint32_t finish(FrameEnd end) const;
  /// Of a frame that goes on (wire/parts.h).
  std::uint32_t finish_part() const { return finish_with(kFrameGoesOn); }

 private:
  std::uint32_t finish_with(Byte last) const;

  std::uint32_t state_ = 0xFFFFFFFFU;
};

/// CRC-32C of `bytes`; the examples of RFC 3720 hold.
std::uint32_t crc32c(ByteView bytes);

}  // namespace serialtcp::wire
