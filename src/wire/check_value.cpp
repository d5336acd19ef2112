#include "wire/check_value.h"

#include <isa-l/crc.h>

#include "base/cursor.h"

namespace serialtcp::wire {

namespace {

std::uint32_t update(std::uint32_t state, ByteView bytes) {
  // The library's parameter is not const, but it is only read.
  return crc32_iscsi(const_cast<Byte*>(bytes.data()), static_cast<int>(bytes.size()), state);
}

}  // namespace

std::array<Byte, 24> hidden_part(const CheckContext& context) {
  std::array<Byte, 24> hidden;
  base::Writer writer(hidden);
  writer.little(context.sender.value, 8);
  writer.little(context.receiver.value, 8);
  writer.little(context.number, 8);
  return hidden;
}

CheckValue::CheckValue(const CheckContext& context) {
  state_ = update(state_, hidden_part(context));
}

void CheckValue::add(ByteView bytes) {
  state_ = update(state_, bytes);
}

std::uint32_t CheckValue::finish(FrameEnd end) const {
  const Byte last = static_cast<Byte>(end);
  return ~update(state_, ByteView(&last, 1));
}

std::uint32_t crc32c(ByteView bytes) {
  return ~update(0xFFFFFFFFU, bytes);
}

}  // namespace serialtcp::wire
