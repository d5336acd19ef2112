#include "sim/resampler.h"

#include <bit>

#include "base/check.h"

namespace serialtcp::sim {

unsigned parity_bit(Parity parity, unsigned data) {
  const unsigned ones = static_cast<unsigned>(std::popcount(data)) & 1U;
  switch (parity) {
    case Parity::even:
      return ones;
    case Parity::odd:
      return ones ^ 1U;
    case Parity::mark:
      return 1;
    case Parity::space:
    case Parity::none:
      return 0;
  }
  return 0;
}

void Resampler::configure(const LineSettings& sender, const LineSettings& receiver, double bit_loss) {
  CHECK(sender.baud > 0 && receiver.baud > 0);
  sender_ = sender;
  receiver_ = receiver;
  state_ = State::hunting;
  loss_.set(bit_loss, prng_);
}

void Resampler::send(ByteView bytes, Bytes& out) {
  for (const Byte byte : bytes) send_one(byte, out);
}

void Resampler::send_one(Byte byte, Bytes& out) {
  const unsigned data = byte & ((1U << sender_.data_bits) - 1U);
  send_bit(0, 2, out);
  for (unsigned bit = 0; bit < sender_.data_bits; ++bit) send_bit((data >> bit) & 1U, 2, out);
  if (sender_.parity != Parity::none) send_bit(parity_bit(sender_.parity, data), 2, out);
  send_bit(1, 2 + static_cast<std::uint64_t>(sender_.stop_bits), out);
}

void Resampler::send_bit(unsigned bit, std::uint64_t half_bits, Bytes& out) {
  if (loss_.strikes(prng_)) bit ^= 1U;
  hold(static_cast<Level>(bit), half_bits * receiver_.baud, out);  // in units, see the header
}

void Resampler::idle(Bytes& out) {
  // The longest character has 12 bits of the receiver.
  hold(Level::high, std::uint64_t{12} * 2 * sender_.baud, out);
}

void Resampler::hold(Level level, std::uint64_t units, Bytes& out) {
  const std::uint64_t half_bit = sender_.baud;  // the receiver's, in units
  std::uint64_t left = units;
  while (true) {
    if (state_ == State::awaiting_high && level == Level::high) state_ = State::hunting;
    if (state_ == State::hunting && level == Level::low) {
      state_ = State::receiving;
      until_sample_ = half_bit;
      samples_ = 0;
      shift_ = 0;
    }
    if (state_ != State::receiving) return;
    if (until_sample_ >= left) {
      until_sample_ -= left;
      return;
    }
    left -= until_sample_;
    until_sample_ = 2 * half_bit;
    sample(level, out);
  }
}

void Resampler::sample(Level level, Bytes& out) {
  const unsigned index = samples_++;
  if (index == 0) {
    if (level == Level::high) state_ = State::hunting;  // a glitch, not a start bit
    return;
  }
  if (index <= receiver_.data_bits) {
    shift_ |= static_cast<unsigned>(level) << (index - 1);
    return;
  }
  if (receiver_.parity != Parity::none && index == receiver_.data_bits + 1U) {
    parity_ = level;
    return;
  }
  finish(level, out);
}

void Resampler::finish(Level stop, Bytes& out) {
  if (stop == Level::low) {
    const bool all_low = shift_ == 0 && (receiver_.parity == Parity::none || parity_ == Level::low);
    ++(all_low ? errors_.breaks : errors_.framing);
  } else if (parity_is_wrong()) {
    ++errors_.parity;
  }
  const bool good = stop == Level::high && !parity_is_wrong();
  out.push_back(good ? static_cast<Byte>(shift_) : Byte{0});
  state_ = stop == Level::high ? State::hunting : State::awaiting_high;
}

bool Resampler::parity_is_wrong() const {
  return receiver_.parity != Parity::none &&
         static_cast<unsigned>(parity_) != parity_bit(receiver_.parity, shift_);
}

}  // namespace serialtcp::sim
