// Resampler: what a receiver receives when its settings differ from those of the sender. It puts the sender's
// start, data, parity and stop bits on a time line, and samples them as a UART does: it waits for a falling
// edge and then samples in the middle of each of its own bits. It does not know absolute time: either
// characters follow each other, or the line is idle.
#pragma once

#include <cstdint>

#include "serialtcp/bytes.h"
#include "sim/line_settings.h"

namespace serialtcp::sim {

class Resampler {
 public:
  /// Both speeds must be known (not 0). A partly received character is discarded.
  void configure(const LineSettings& sender, const LineSettings& receiver);

  /// The sender sends these bytes without a gap after the previous ones; appends what the receiver makes of
  /// them. A character with a wrong stop bit or a wrong parity arrives as 0x00, as from a tty that ignores
  /// neither.
  void send(ByteView bytes, Bytes& out);

  /// The sender pauses: the receiver completes the current character.
  void idle(Bytes& out);

 private:
  /// hunting --falling edge--> receiving --good stop bit--> hunting
  ///    ^                          |--start bit too short--> hunting
  ///    '---the line is high-- awaiting_high <--bad stop bit--'
  enum class State : std::uint8_t { hunting, receiving, awaiting_high };
  enum class Level : std::uint8_t { low = 0, high = 1 };

  void send_one(Byte byte, Bytes& out);
  void hold(Level level, std::uint64_t units, Bytes& out);
  void sample(Level level, Bytes& out);
  void finish(Level stop, Bytes& out);
  bool parity_is_wrong() const;

  LineSettings sender_;
  LineSettings receiver_;

  // The unit of the time line is 1 / (2 * sender's baud * receiver's baud) s, so that every half bit is an
  // integer.
  State state_ = State::hunting;
  std::uint64_t until_sample_ = 0;  // units to the next sample, while receiving
  unsigned samples_ = 0;            // of the current character, start bit included
  unsigned shift_ = 0;              // data bits so far, first one lowest
  Level parity_ = Level::low;
};

/// The level of the parity bit for these data bits. Not for Parity::none.
unsigned parity_bit(Parity parity, unsigned data);

}  // namespace serialtcp::sim
