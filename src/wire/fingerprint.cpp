#include "wire/fingerprint.h"

#include "wire/crc.h"

namespace serialtcp::wire {

Fingerprint::Fingerprint(const CheckContext& context) {
  add(hidden_part(context));
}

void Fingerprint::add(ByteView bytes) {
  state_ = crc64_update(state_, bytes);
}

std::uint64_t Fingerprint::finish(FrameEnd end) const {
  const Byte last = static_cast<Byte>(end);
  return crc64_update(state_, ByteView(&last, 1));
}

}  // namespace serialtcp::wire
