// HDLC-like framing (RFC 1662): bytes of the line to frames, and back.
//
// What is received may be compressed or not (protocol field, address and control fields), and escaped more than
// necessary, whatever was agreed. A control character of the escape map that arrives unescaped may be data of a peer that
// does not know the map, or inserted on the way (XON and XOFF): the check value tells which.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "serialtcp/bytes.h"

namespace serialtcp::ppp {

/// Which control characters are escaped: bit n is for the value n (the ACCM).
inline constexpr std::uint32_t kEscapeAll = 0xFFFFFFFF;

struct Frame {
  std::uint16_t protocol = 0;
  ByteView information;  ///< with padding, if the peer pads
};

/// Frames that were not accepted.
struct FrameCounts {
  std::uint64_t good = 0;
  std::uint64_t bad_check = 0;
  std::uint64_t too_long = 0;
  std::uint64_t too_short = 0;
  std::uint64_t aborted = 0;

  std::uint64_t lost() const { return bad_check + too_long + too_short + aborted; }
};

class FrameReader {
 public:
  /// The least that can carry a protocol: two bytes of it, and the check value.
  static constexpr std::size_t kShortest = 4;
  /// Address, control, protocol and check value, beside the information.
  static constexpr std::size_t kOverhead = 6;
  /// Control characters that were inserted into one frame, at most.
  static constexpr std::size_t kMaxInserted = 64;

  /// Frames with more than so many bytes of information are discarded.
  explicit FrameReader(std::size_t longest) : longest_(longest + kOverhead) { frame_.reserve(longest_); }

  /// Which control characters the peer escapes.
  void set_map(std::uint32_t map) { map_ = map; }

  /// Takes bytes from the front, up to the end of the next good frame; empty when they are used up. The frame is valid
  /// until the next call.
  std::optional<Frame> next(ByteView& bytes);

  const FrameCounts& counts() const { return counts_; }

 private:
  void add(Byte byte);
  void begin();
  std::optional<Frame> end();
  bool check();
  void remove_inserted();

  std::size_t longest_;
  std::uint32_t map_ = kEscapeAll;
  Bytes frame_;  // unescaped
  std::array<std::uint16_t, kMaxInserted>
      bare_{};  // where in it control characters stand that were not escaped
  std::size_t bare_count_ = 0;
  bool escaped_ = false;
  bool skipping_ = false;  // up to the next flag
  bool ended_ = true;      // nothing has followed the last flag
  FrameCounts counts_;
};

/// How frames are sent.
struct SendFormat {
  std::uint32_t map = kEscapeAll;
  bool short_protocol = false;  ///< PFC
  bool no_address = false;      ///< ACFC
};

enum class OpeningFlag : std::uint8_t {
  needed,
  shared,  ///< the end of the frame before is its beginning
};

/// Appends a frame. Frames of LCP are sent in the format that every peer understands, whatever `format` is.
void append_frame(std::uint16_t protocol, ByteView information, const SendFormat& format, OpeningFlag opening,
                  Bytes& out);

}  // namespace serialtcp::ppp
