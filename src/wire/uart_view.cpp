#include "wire/uart_view.h"

namespace serialtcp::wire {

namespace {

constexpr unsigned kDataBits = 8;
constexpr unsigned kCharacterBits = 10;

}  // namespace

/// Equal bits in a row are one stretch of the line.
void UartView::send(ByteView bytes, Bytes& out) {
  for (const Byte byte : bytes) {
    const unsigned bits = (unsigned{byte} | 0x100U) << 1U;  // start bit first, stop bit last
    unsigned level = 0;
    unsigned length = 0;
    for (unsigned i = 0; i < kCharacterBits; ++i) {
      const unsigned next = (bits >> i) & 1U;
      if (next != level) {
        hold(level, length * bit_, out);
        level = next;
        length = 0;
      }
      ++length;
    }
    hold(level, length * bit_, out);
  }
}

void UartView::pause(Bytes& out) {
  hold(1, kCharacterBits + 1, out);
}

void UartView::hold(unsigned level, double time, Bytes& out) {
  while (true) {
    if (state_ == State::broken && level == 1) state_ = State::hunting;
    if (state_ == State::hunting && level == 0) {
      state_ = State::receiving;
      until_sample_ = 0.5;
      samples_ = 0;
      shift_ = 0;
    }
    if (state_ != State::receiving) return;
    if (until_sample_ >= time) {
      until_sample_ -= time;
      return;
    }
    time -= until_sample_;
    until_sample_ = 1;
    sample(level, out);
  }
}

void UartView::sample(unsigned level, Bytes& out) {
  const unsigned index = samples_++;
  if (index == 0) {
    if (level == 1) state_ = State::hunting;  // too short for a start bit
  } else if (index <= kDataBits) {
    shift_ |= level << (index - 1);
  } else {
    const bool framed = level == 1;
    out.push_back(framed || framing_ == Framing::as_it_is ? static_cast<Byte>(shift_) : Byte{0});
    state_ = framed ? State::hunting : State::broken;
  }
}

}  // namespace serialtcp::wire
