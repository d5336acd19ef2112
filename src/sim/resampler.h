// Resampler: what a receiver receives when its settings differ from those of the sender. It puts the sender's
// start, data, parity and stop bits on a time line, and samples them as a UART does: it waits for a falling
// edge and then samples in the middle of each of its own bits. Bits may arrive wrong, start and stop bits like others. It
// does not know absolute time: either characters follow each other, or the line is idle.
#pragma once

#include <cstdint>

#include "base/prng.h"
#include "serialtcp/bytes.h"
#include "sim/faults.h"
#include "sim/line_settings.h"

namespace serialtcp::sim {

/// What a UART tells its driver, and a driver counts (TIOCGICOUNT).
struct ReceiveErrors {
  std::uint64_t framing = 0;  ///< characters without a stop bit
  std::uint64_t parity = 0;
  std::uint64_t breaks = 0;  ///< characters of which all bits were low, the stop bit, too
};

class Resampler {
 public:
  explicit Resampler(std::uint64_t seed = 1) : prng_(seed) {}

  /// Both speeds must be known (not 0). A partly received character is discarded. `bit_loss` is the probability of each
  /// bit of the sender to arrive as its opposite.
  void configure(const LineSettings& sender, const LineSettings& receiver, double bit_loss = 0);

  /// The sender sends these bytes without a gap after the previous ones; appends what the receiver makes of
  /// them. A character with a wrong stop bit or a wrong parity arrives as 0x00, as from a tty that ignores
  /// neither.
  void send(ByteView bytes, Bytes& out);

  /// The sender pauses: the receiver completes the current character.
  void idle(Bytes& out);

  /// Since it was made.
  const ReceiveErrors& errors() const { return errors_; }

 private:
  /// hunting --falling edge--> receiving --good stop bit--> hunting
  ///    ^                          |--start bit too short--> hunting
  ///    '---the line is high-- awaiting_high <--bad stop bit--'
  enum class State : std::uint8_t { hunting, receiving, awaiting_high };
  enum class Level : std::uint8_t { low = 0, high = 1 };

  void send_one(Byte byte, Bytes& out);
  void send_bit(unsigned bit, std::uint64_t half_bits, Bytes& out);
  void hold(Level level, std::uint64_t units, Bytes& out);
  void sample(Level level, Bytes& out);
  void finish(Level stop, Bytes& out);
  bool parity_is_wrong() const;

  LineSettings sender_;
  LineSettings receiver_;
  base::Prng prng_;
  FaultGap loss_;  // in bits of the sender
  ReceiveErrors errors_;

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
