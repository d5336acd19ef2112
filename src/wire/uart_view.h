// UartView: how bytes look to a UART that is set to another speed than their sender's. It finds the edges of the sender's
// bits and samples them in the middle of its own: a model, for guessing a speed (speed_guess). 8 data bits, no parity, one
// stop bit; without I/O and clock.
#pragma once

#include "serialtcp/bytes.h"

namespace serialtcp::wire {

class UartView {
 public:
  /// What a driver makes of a character without a stop bit: the bits that it had, or 00. Both are usual.
  enum class Framing : std::uint8_t { as_it_is, zero };

  /// `bit`: the length of one of the sender's bits, in bits of the receiver; more than 0.
  UartView(double bit, Framing framing) : bit_(bit), framing_(framing) {}

  /// The sender sends these without a gap after the previous ones. Appends what the receiver receives.
  void send(ByteView bytes, Bytes& out);
  /// The sender pauses until the receiver has its last character.
  void pause(Bytes& out);

 private:
  enum class State : std::uint8_t {
    hunting,
    receiving,
    broken
  };  // broken: no stop bit, and the line is still low

  void hold(unsigned level, double time, Bytes& out);
  void sample(unsigned level, Bytes& out);

  double bit_;
  Framing framing_;
  State state_ = State::hunting;
  double until_sample_ = 0;  // in bits of the receiver
  unsigned samples_ = 0;     // of this character
  unsigned shift_ = 0;
};

}  // namespace serialtcp::wire
