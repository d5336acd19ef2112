// The frames of SLIP (RFC 1055): a packet, escaped, and END after it. There is no check value: what is in a frame has
// to be looked at by whoever reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "serialtcp/bytes.h"

namespace serialtcp::ip {

inline constexpr Byte kSlipEnd = 0xC0, kSlipEscape = 0xDB, kSlipEscapedEnd = 0xDC, kSlipEscapedEscape = 0xDD;

/// Appends a frame. With `flush`, it begins with END, too, so that noise before it does not become part of it: worth
/// its byte after a silence, needless between frames that follow each other.
void append_slip_frame(ByteView packet, bool flush, Bytes& out);

class SlipReader {
 public:
  /// A frame with more than `largest` bytes is skipped.
  explicit SlipReader(std::size_t largest) : largest_(largest) {}

  struct Frame {
    bool damaged = false;  ///< too long, or with an escape that is none: `bytes` is empty
    ByteView bytes = {};   ///< not empty otherwise; valid until the next call
  };

  /// Consumes bytes up to the end of a frame. Empty when all are consumed and no frame is complete.
  std::optional<Frame> next(ByteView& bytes);

  /// Bytes of memory that a frame which is not complete occupies.
  std::size_t held() const { return frame_.size(); }

 private:
  void take(Byte byte);
  void put(Byte byte);

  std::size_t largest_;
  Bytes frame_ = {};
  bool complete_ = false;  ///< `frame_` has been returned
  bool escaped_ = false;
  bool damaged_ = false;
};

}  // namespace serialtcp::ip
