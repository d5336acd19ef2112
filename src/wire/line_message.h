// Line messages: what two ends tell each other about a line that carries no hellos. They consist of capital
// letters, digits, "_" and "=", which every line carries and no terminal acts on. docs/protocol.md, "Lines that
// do not carry all bytes".
//
//   _= kind token ... check
//
// Numbers are in base 32, five bits a character; the check is the CRC-32C of what is between "_=" and it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "serialtcp/bytes.h"
#include "wire/line_coding.h"

namespace serialtcp::wire {

/// Distinguishes the ends of a line, so that an echo is recognised. 40 bits.
struct LineToken {
  std::uint64_t value = 0;
  bool operator==(const LineToken&) const = default;
};
inline constexpr std::uint64_t kLineTokens = std::uint64_t{1} << 40U;

struct LineMessage {
  enum class Kind : char {
    probe = 'P',     ///< the sender receives bytes, and no hello
    report = 'R',    ///< which values have arrived from `peer`, which is to sweep the others
    sweep = 'S',     ///< a sweep follows (wire/line_sweep)
    swept = 'T',     ///< its end
    filler = 'F',    ///< nothing: it separates what would look like a message
    go_on = 'G',     ///< XON follows, for the line; whoever hears it removes it
    announce = 'B',  ///< what follows is coded in this way, and the other direction should be, too
  };
  Kind kind = Kind::probe;
  LineToken token;         ///< of the sender
  LineToken peer = {};     ///< report: to whom
  bool complete = true;    ///< report: what has not arrived does not arrive
  ByteSet arrived = {};    ///< report
  LineCoding coding = {};  ///< announce

  bool operator==(const LineMessage&) const = default;
};

inline constexpr std::size_t kMaxLineMessage = 80;

Bytes write_line_message(const LineMessage& message);

/// What may become a message, as its bytes arrive or are sent.
class MessageCandidate {
 public:
  enum class State : std::uint8_t { none, incomplete, complete };

  bool empty() const { return bytes_.empty(); }
  const Bytes& bytes() const { return bytes_; }
  /// `incomplete`: more bytes are needed. `none`: they are no message, but the last one may begin another.
  /// `complete`: read() tells whether it is one.
  State push(Byte byte);
  std::optional<LineMessage> read() const;
  void clear() { bytes_.clear(); }
  /// Where one may begin: a "_" that is the last byte or has "=" after it. The size of `bytes` if there is none.
  static std::size_t find(ByteView bytes);

 private:
  Bytes bytes_;
};

/// Separates line messages from the other bytes of a line. What may be the beginning of a message is held back
/// until that is certain. No frame ends in such a beginning, so none is delayed.
class LineSplitter {
 public:
  struct Item {
    ByteView data;  ///< if it is not a message; valid until the next call, and as long as the input
    std::optional<LineMessage> message;
  };
  /// Consumes from the front of `bytes`; empty when all are consumed.
  std::optional<Item> next(ByteView& bytes);
  void reset() { *this = LineSplitter{}; }

 private:
  MessageCandidate candidate_;
  Bytes released_;
  bool xon_follows_ = false;
};

/// For content that looks like a message: finds where a filler must be sent, so that the receiver does not take it
/// for one.
class LineGuard {
 public:
  /// What ssh, cu and others act on: "~" after CR or LF. It is separated, too, where a program is the line.
  enum class Tilde : std::uint8_t { as_it_is, separated };

  explicit LineGuard(Tilde tilde = Tilde::as_it_is) : tilde_(tilde) {}

  /// Follows bytes that are sent. Returns how many of them may follow each other; before the next one a filler
  /// must be sent. All of them, as a rule.
  std::size_t follow(ByteView bytes);
  /// Something else was sent.
  void interrupted() {
    candidate_.clear();
    last_ = 0;
  }

 private:
  std::size_t before_tilde(ByteView bytes) const;
  std::size_t before_message(ByteView bytes);

  Tilde tilde_;
  MessageCandidate candidate_;
  Byte last_ = 0;  ///< byte that was sent
};

}  // namespace serialtcp::wire
