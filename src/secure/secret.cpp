#include "secure/secret.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>

namespace serialtcp::secure {

namespace {

Byte* allocate(std::size_t keys) {
  // Also selects the fastest ciphers that this processor supports. Further calls cost nothing.
  CHECK(sodium_init() >= 0);
  auto* const memory = static_cast<Byte*>(sodium_malloc(keys * kKeySize));
  CHECK(memory != nullptr);
  std::memset(memory, 0, keys * kKeySize);
  return memory;
}

}  // namespace

Secret::Secret(std::size_t keys) : keys_(keys), memory_(allocate(keys)) {}

Secret::Secret(const Secret& other) : Secret(other.keys_) {
  std::copy_n(other.memory_.get(), keys_ * kKeySize, memory_.get());
}

void Secret::Free::operator()(Byte* memory) const noexcept {
  sodium_free(memory);
}

}  // namespace serialtcp::secure
