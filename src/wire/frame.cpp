#include "wire/frame.h"

namespace serialtcp::wire {

namespace {

constexpr Byte kShort = 0x80;
constexpr Byte kShortAnswer = 0x40;
constexpr Byte kMiddle = 0x40;
constexpr Byte kMiddleAnswer = 0x20;
constexpr Byte kLong = 0x01;
constexpr Byte kLongAnswer = 0x02;

constexpr Byte kAckExtended = 0x80;
constexpr Byte kAckArrival = 0x40;
constexpr Byte kAckMore = 0x20;
constexpr Byte kAckDamaged = 0x10;
constexpr Byte kAckGapMask = 0x0F;

ByteView take_back(ByteView& body, std::size_t count) {
  const ByteView taken = body.last(count);
  body = body.first(body.size() - count);
  return taken;
}

}  // namespace

void write_header(const FrameHeader& header, base::Writer& out) {
  const bool answer = header.answer_at_once;
  switch (header.form) {
    case NumberForm::bits6:
      out.u8(static_cast<Byte>(kShort | (answer ? kShortAnswer : 0) | (header.low_bits & 0x3FU)));
      return;
    case NumberForm::bits13:
      out.u8(static_cast<Byte>(kMiddle | (answer ? kMiddleAnswer : 0) | ((header.low_bits >> 8) & 0x1FU)));
      out.u8(static_cast<Byte>(header.low_bits));
      return;
    case NumberForm::bits32:
      out.u8(static_cast<Byte>(kLong | (answer ? kLongAnswer : 0)));
      out.little(header.low_bits, 4);
      return;
  }
}

std::optional<FrameHeader> read_header(base::Reader& in) {
  const Byte first = in.u8();
  FrameHeader header;
  if ((first & kShort) != 0) {
    header = {NumberForm::bits6, first & 0x3FU, (first & kShortAnswer) != 0};
  } else if ((first & kMiddle) != 0) {
    header = {NumberForm::bits13, ((first & 0x1FU) << 8) | in.u8(), (first & kMiddleAnswer) != 0};
  } else if ((first & ~kLongAnswer) == kLong) {
    header = {NumberForm::bits32, static_cast<std::uint32_t>(in.little(4)), (first & kLongAnswer) != 0};
  } else {
    return std::nullopt;
  }
  if (!in.good()) return std::nullopt;
  return header;
}

std::uint64_t full_number(const FrameHeader& header, std::uint64_t largest) {
  switch (header.form) {
    case NumberForm::bits6:
      return base::unwrap_nearest(header.low_bits, 6, largest + 1);
    case NumberForm::bits13:
      return base::unwrap_nearest(header.low_bits, 13, largest + 1);
    case NumberForm::bits32:
      return base::unwrap_nearest(header.low_bits, 32, largest + 1);
  }
  return 0;
}

void write_ack(const Ack& ack, base::Writer& out) {
  if (ack.brief) {
    out.u8(static_cast<Byte>(ack.largest & 0x3FU));
    return;
  }
  for (std::size_t i = 0; i < ack.gap_count; ++i) {
    out.u8(ack.gaps[i].received);
    out.u8(ack.gaps[i].missing);
  }
  if (ack.arrival) out.little(*ack.arrival, 3);
  out.little(ack.largest, 2);
  out.u8(static_cast<Byte>(kAckExtended | (ack.arrival ? kAckArrival : 0) | (ack.more ? kAckMore : 0) |
                           (ack.damaged ? kAckDamaged : 0) | static_cast<Byte>(ack.gap_count)));
}

std::optional<Ack> take_ack(ByteView& body) {
  if (body.empty()) return std::nullopt;
  const Byte d = take_back(body, 1)[0];
  Ack ack;
  if ((d & kAckExtended) == 0) {
    if ((d & kAckArrival) != 0) return std::nullopt;
    ack.brief = true;
    ack.largest = d;
    return ack;
  }
  ack.more = (d & kAckMore) != 0;
  ack.damaged = (d & kAckDamaged) != 0;
  ack.gap_count = d & kAckGapMask;
  const std::size_t size = 2 + ((d & kAckArrival) != 0 ? 3U : 0U) + 2 * ack.gap_count;
  if (body.size() < size) return std::nullopt;
  base::Reader in(take_back(body, size));
  for (std::size_t i = 0; i < ack.gap_count; ++i) {
    ack.gaps[i].received = in.u8();
    ack.gaps[i].missing = in.u8();
  }
  if ((d & kAckArrival) != 0) ack.arrival = static_cast<std::uint32_t>(in.little(3));
  ack.largest = static_cast<std::uint32_t>(in.little(2));
  return ack;
}

}  // namespace serialtcp::wire
