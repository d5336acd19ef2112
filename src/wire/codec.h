// Escape coding: frames in a stream of bytes that has no lengths (docs/protocol.md, "Escape coding").
//
//   1F 7E   end of frame
//   1F 7C   end of frame; its last field is an ack
//   1F 1F   a literal 1F
//   1F xx   a literal 1F, then a literal xx (xx none of the above)
//
// A literal 1F costs an extra byte only before 1F, 7C or 7E. In "doubled" coding, which is used for hellos,
// every literal 1F is doubled. A peer that speaks the original's protocol sees such a frame as plain bytes
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

/// How a frame ended; this is covered by its check value.
enum class FrameEnd : Byte { plain = kEndPlain, with_ack = kEndWithAck };

enum class Coding : std::uint8_t { minimal, doubled };

/// Encodes bytes for the line. It can stop after any byte. Its state is whether the last byte that was sent
/// is a 1F of which it is not yet known whether it must be doubled.
class Encoder {
 public:
  /// Encodes as much of `raw` as fits into `out`. `taken`: bytes of `raw` that were encoded; `filled`: bytes
  /// of `out` that were written.
  struct Progress {
    std::size_t taken = 0;
    std::size_t filled = 0;
  };
  Progress encode(ByteView raw, MutableByteView out, Coding coding);

  /// Appends all of `raw`, encoded, to `out`.
  void append(ByteView raw, Bytes& out, Coding coding);
  /// Appends an end of frame to `out`.
  void append_end(FrameEnd end, Bytes& out);

  /// The bytes sent so far are lost (the device was reopened).
  void reset() { after_single_escape_ = false; }

 private:
  bool after_single_escape_ = false;
};

/// Finds frames in the bytes of the line. Holds the bytes of at most one frame.
class Decoder {
 public:
  struct Found {
    FrameEnd end;
    ByteView body;        ///< decoded; valid until the next call of any member. Empty between two ends
    bool overlong;        ///< more than limits::kMaxFrame bytes arrived before the end; body is empty
    std::size_t dropped;  ///< number of these bytes, if overlong
  };

  /// Consumes from the front of `bytes` up to and including the next end of frame, or all if there is none.
  std::optional<Found> next(ByteView& bytes);

  /// Bytes received since the last end of frame.
  std::size_t pending() const { return (emitted_ ? 0 : buffer_.size()) + dropped_ + (escaped_ ? 1 : 0); }
  /// The decoded bytes of the frame that is arriving, so far. Valid until the next call of any other member.
  ByteView arriving() const { return emitted_ ? ByteView{} : ByteView(buffer_); }
  /// Discards them.
  void reset();

 private:
  void push(Byte byte);
  void push_run(ByteView run);
  Found finish(FrameEnd end);

  Bytes buffer_;
  std::size_t dropped_ = 0;
  bool escaped_ = false;
  bool emitted_ = false;  // next() has returned buffer_, which is cleared at the next call
};

}  // namespace serialtcp::wire
