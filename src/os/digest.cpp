#include "os/digest.h"

#include <sodium.h>

namespace serialtcp::io {

namespace {

crypto_generichash_state* state_of(Byte* bytes) {
  return reinterpret_cast<crypto_generichash_state*>(bytes);
}

}  // namespace

Digest::Digest() {
  static_assert(sizeof(crypto_generichash_state) <= kState && alignof(crypto_generichash_state) <= 64);
  crypto_generichash_init(state_of(state_.data()), nullptr, 0, kSize);
}

void Digest::add(ByteView bytes) {
  crypto_generichash_update(state_of(state_.data()), bytes.data(), bytes.size());
}

/// Finishing a state ends it, so a copy is finished.
Digest::Value Digest::value() const {
  Digest copy = *this;
  Value value;
  crypto_generichash_final(state_of(copy.state_.data()), value.data(), value.size());
  return value;
}

}  // namespace serialtcp::io
