#include "wire/fingerprint.h"

#include <isa-l/crc64.h>

namespace serialtcp::wire {

namespace {

std::uint64_t update(std::uint64_t state, ByteView bytes) {
  return crc64_jones_refl(state, bytes.data(), bytes.size());
}

}  // namespace

Fingerprint::Fingerprint(const CheckContext& context) {
  add(hidden_part(context));
}

void Fingerprint::add(ByteView bytes) {
  state_ = update(state_, bytes);
}

std::uint64_t Fingerprint::finish(FrameEnd end) const {
  const Byte last = static_cast<Byte>(end);
  return update(state_, ByteView(&last, 1));
}

}  // namespace serialtcp::wire
