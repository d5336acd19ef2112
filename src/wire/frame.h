// What surrounds the chunks of a frame: the header before them, the ack after them. docs/protocol.md,
// "Frames".
//
//   header   1 r nnnnnn                       session frame, low 6 bits of its number
//            0 1 r nnnnn  nnnnnnnn            low 13 bits (the high 5 first)
//            0 0 0 0 0 0 r 1  n n n n         low 32 bits, little-endian
//            0 0 0 0 0 0 0 0                  hello (wire/hello.h)
//   r: answer at once
//
//   ack      ( received:1 missing:1 )*  [arrival:3]  largest:2  D       D = 1 T M X gggg
//            D                                                          D = 0 0 nnnnnn
//   gggg: number of pairs; T: arrival is present; the second form: all up to n arrived
//
// The ack is at the end, so that it is as recent as the frame's last byte, and is read from its end.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/cursor.h"
#include "serialtcp/bytes.h"
#include "serialtcp/config.h"

namespace serialtcp::wire {

enum class NumberForm : std::uint8_t { bits6, bits13, bits32 };

/// The shortest form of `number` for a peer that is known to have received `acked`.
constexpr NumberForm shortest_form(std::uint64_t number, std::uint64_t acked) {
  if (number - acked <= 32) return NumberForm::bits6;
  if (number - acked <= 4096) return NumberForm::bits13;
  return NumberForm::bits32;
}

struct FrameHeader {
  NumberForm form = NumberForm::bits6;
  std::uint32_t low_bits = 0;
  bool answer_at_once = false;
};

inline constexpr Byte kHelloHeader = 0x00;

void write_header(const FrameHeader& header, base::Writer& out);
/// Empty if it is not the header of a session frame.
std::optional<FrameHeader> read_header(base::Reader& in);

/// The full number of a header, for a receiver that has received up to `largest`.
std::uint64_t full_number(const FrameHeader& header, std::uint64_t largest);

/// The unit and the size (modulo 2^24) of arrival times.
inline constexpr Duration kArrivalUnit = std::chrono::microseconds(16);
inline constexpr unsigned kArrivalBits = 24;

struct AckGap {
  std::uint8_t received = 0;  ///< this many frames arrived, going down from the end of the previous gap
  std::uint8_t missing = 0;   ///< then this many did not
  bool operator==(const AckGap&) const = default;
};

struct Ack {
  bool brief = false;                    ///< the one-byte form: largest has 6 bits, and there is nothing else
  std::uint32_t largest = 0;             ///< low 6 or 16 bits
  std::optional<std::uint32_t> arrival;  ///< of frame `largest`, on the receiver's clock, in kArrivalUnit
  bool damaged = false;                  ///< X: bytes that are not a correct frame arrived after `largest`
  bool more = false;                     ///< M: frames below the last gap are not covered
  std::size_t gap_count = 0;
  std::array<AckGap, limits::kMaxAckRanges> gaps{};
};

void write_ack(const Ack& ack, base::Writer& out);
/// Removes the ack from the end of `body`; empty if it is malformed.
std::optional<Ack> take_ack(ByteView& body);

}  // namespace serialtcp::wire
