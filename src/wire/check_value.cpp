#include "wire/check_value.h"

#include "base/cursor.h"
#include "wire/crc.h"

namespace serialtcp::wire {

std::array<Byte, 24> hidden_part(const CheckContext& context) {
  std::array<Byte, 24> hidden;
  base::Writer writer(hidden);
  writer.little(context.sender.value, 8);
  writer.little(context.receiver.value, 8);
  writer.little(context.number, 8);
  return hidden;
}

CheckValue::CheckValue(const CheckContext& context) {
  state_ = crc32c_update(state_, hidden_part(context));
}

void CheckValue::add(ByteView bytes) {
  state_ = crc32c_update(state_, bytes);
}

std::uint32_t CheckValue::finish(FrameEnd end) const {
  return finish_with(static_cast<Byte>(end));
}

std::uint32_t CheckValue::finish_with(Byte last) const {
  return ~crc32c_update(state_, ByteView(&last, 1));
}

std::uint32_t crc32c(ByteView bytes) {
  return ~crc32c_update(0xFFFFFFFFU, bytes);
}

}  // namespace serialtcp::wire
