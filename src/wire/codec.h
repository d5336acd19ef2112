// Escape coding: frames as bytes that survive a stream without lengths (docs/protocol.md, "Escape coding").
//
//   1F 7E   end of frame                    1F 7C   end of frame, its last field is an ack
//   1F 1F   a literal 1F
//   1F xx   a literal 1F, then a literal xx (xx none of the above)
//
// So a literal 1F costs an extra byte only before 1F, 7C or 7E. In "doubled" coding, used for hellos, every
// literal 1F is doubled: to a peer that speaks the original protocol such a frame is nothing but plain bytes
// and unknown codes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "serialtcp/bytes.h"
#include "serialtcp/config.h"

namespace serialtcp::wire {

inline constexpr Byte kEscape = 0x1F;
inline constexpr Byte kEndPlain = 0x7E;
inline constexpr Byte kEndWithAck = 0x7C;

/// How a frame ended; part of what its check value covers.
enum class FrameEnd : Byte { plain = kEndPlain, with_ack = kEndWithAck };

enum class Coding : std::uint8_t { minimal, doubled };

/// Encodes bytes for the line; it can stop after any byte. State: whether a single, not yet settled 1F was
/// sent last.
class Encoder {
 public:
  /// Encodes as much of `raw` as fits into `out`. Returns {bytes of raw taken, bytes of out filled}.
  struct Progress {
    std::size_t taken = 0;
    std::size_t filled = 0;
  };
  Progress encode(ByteView raw, MutableByteView out, Coding coding);

  /// Appends all of `raw`, encoded, to `out`.
  void append(ByteView raw, Bytes& out, Coding coding);
  /// Appends an end of frame to `out`.
  void append_end(FrameEnd end, Bytes& out);

  /// The bytes sent so far are thrown away (a new device, a new start).
  void reset() { after_single_escape_ = false; }

 private:
  bool after_single_escape_ = false;
};

/// Finds frames in what the line delivers. Owns the bytes of one frame at most.
class Decoder {
 public:
  struct Found {
    FrameEnd end;
    ByteView body;  ///< without coding; valid until the next call of any member. Empty between two ends.
    bool overlong;  ///< more than limits::kMaxFrame bytes came before the end; body is empty
    std::size_t dropped;  ///< bytes of such an overlong run
  };

  /// Consumes from the front of `bytes` up to and including the next end of frame. Without one, consumes all.
  std::optional<Found> next(ByteView& bytes);

  /// Bytes received since the last end.
  std::size_t pending() const { return (emitted_ ? 0 : buffer_.size()) + dropped_ + (escaped_ ? 1 : 0); }
  /// Forgets them.
  void reset();

 private:
  void push(Byte byte);
  void push_run(ByteView run);
  Found finish(FrameEnd end);

  Bytes buffer_;
  std::size_t dropped_ = 0;
  bool escaped_ = false;
  bool emitted_ = false;  // buffer_ was handed out and is to be cleared at the next call
};

}  // namespace serialtcp::wire
