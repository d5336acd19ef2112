// Line coding: how the bytes of the protocol are sent on a line that does not carry all 256 values. It stands
// below the escape coding of frames (wire/codec), whose output it encodes. docs/protocol.md, "Lines that do not
// carry all bytes".
//
//   plain      as they are
//   escaped    up to 10 values are never sent. Random data costs (values + 1) / 512 of its length
//   printable  only printable ASCII is sent, 13 bits in two characters: 23.1 %
//
// Both codings end with each frame, so that damage affects no later frame and a keystroke does not wait.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "serialtcp/bytes.h"

namespace serialtcp::wire {

/// A set of byte values.
using ByteSet = std::bitset<256>;

enum class LineMode : std::uint8_t {
  plain,
  escaped,
  printable,
  lines,  ///< printable, with a line feed after each frame, for a terminal that passes on only whole lines
};

struct LineCoding {
  LineMode mode = LineMode::plain;
  ByteSet avoided = {};  ///< values that are not sent, and ignored when received; at most kMostEscaped
  bool operator==(const LineCoding&) const = default;
};

/// Values that an escaped coding can avoid.
inline constexpr std::size_t kMostEscaped = 10;

/// The cheapest coding for a line that does not carry these values. Empty if it carries too few.
std::optional<LineCoding> coding_for(const ByteSet& bad);
/// Whether an encoder and a decoder can be made for it.
bool is_possible(const LineCoding& coding);

/// What both directions of an escaped coding share: which code stands for which value.
class EscapeTable {
 public:
  static constexpr Byte kNoPayload = 16;
  static constexpr Byte kNone = 0xFF;

  explicit EscapeTable(const ByteSet& avoided);

  Byte escape() const { return escape_; }
  bool avoids(Byte value) const { return avoided_[value]; }
  /// The row of a value that must be escaped, or kNone.
  Byte row_of(Byte value) const { return rows_[value]; }
  /// The row of the second byte of an end of frame, where it must not be taken for one.
  Byte end_row(Byte value) const;
  Byte flush_row() const { return flush_row_; }
  /// The byte that is sent after the escape.
  Byte code(Byte row, Byte payload) const;

  struct Meaning {
    Byte row = 0;
    Byte payload = 0;
  };
  std::optional<Meaning> meaning(Byte code) const;
  /// Of a row that is not the one of flushes.
  Byte value_of(Byte row) const { return values_[row]; }

 private:
  ByteSet avoided_;
  Byte escape_ = 0;
  Byte flush_row_ = 0;
  std::array<Byte, 256> rows_{};
  std::array<Byte, kMostEscaped + 4> values_{};
  std::array<Byte, 256> codes_{};
  std::array<Byte, 256> indexes_{};
};

/// Encodes what wire::Encoder has made. After an end of frame nothing is held back; within a frame at most 12
/// bits are, until the next bytes.
class LineEncoder {
 public:
  /// The coding must be possible (CHECK).
  explicit LineEncoder(const LineCoding& coding = {});

  const LineCoding& coding() const { return coding_; }
  /// Appends to `line`.
  void encode(ByteView raw, Bytes& line);
  /// What was sent last is lost; the next byte begins a frame.
  void reset();

 private:
  bool ends_frame(Byte raw);
  void escape_nibbles(Bytes& line);
  void flush_nibbles(Bytes& line);
  void put_bits(Bytes& line);
  void flush_bits(Bytes& line);
  void put_symbol(Byte symbol, Bytes& line);

  LineCoding coding_;
  EscapeTable table_;
  bool after_escape_ = false;
  std::array<Byte, 4> nibbles_{};
  std::size_t count_ = 0;
  std::optional<Byte> awaiting_;  ///< the row of an escape that waits for its payload
  bool shifted_ = false;          ///< bytes on the line consist of halves of two
  Byte last_ = 0;                 ///< that was sent as it is, since the last escape
  Byte previous_ = 0;             ///< the one before it
  std::uint32_t bits_ = 0;
  unsigned bit_count_ = 0;
  std::size_t column_ = 0;
};

class LineDecoder {
 public:
  explicit LineDecoder(const LineCoding& coding = {});

  const LineCoding& coding() const { return coding_; }
  /// Appends to `raw`.
  void decode(ByteView line, Bytes& raw);
  void reset();

 private:
  void take_escaped(Byte byte, Bytes& raw);
  void take_code(Byte code, Bytes& raw);
  void take_printable(Byte byte, Bytes& raw);
  void push_nibble(Byte nibble, Bytes& raw);
  void push_byte(Byte byte, Bytes& raw);
  void push_bits(std::uint32_t value, unsigned count, Bytes& raw);

  LineCoding coding_;
  EscapeTable table_;
  bool code_follows_ = false;
  std::optional<Byte> half_;
  Byte last_ = 0;
  std::optional<Byte> first_symbol_;
  std::uint32_t bits_ = 0;
  unsigned bit_count_ = 0;
};

}  // namespace serialtcp::wire
