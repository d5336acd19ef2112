#include "secure/ephemerals.h"

#include <sodium.h>

#include <array>
#include <string_view>
#include <utility>

namespace serialtcp::secure {

Ephemerals::Ephemerals(KeyView seed) : state_(2) {
  // The seed is also used for other purposes; what those reveal must not reveal anything of these keys.
  constexpr std::string_view kPurpose = "serialtcp ephemeral keys";
  crypto_auth_hmacsha256_state hmac;
  crypto_auth_hmacsha256_init(&hmac, seed.data(), seed.size());
  crypto_auth_hmacsha256_update(&hmac, reinterpret_cast<const Byte*>(kPurpose.data()), kPurpose.size());
  crypto_auth_hmacsha256_final(&hmac, state_.key(0).data());
  sodium_memzero(&hmac, sizeof(hmac));
}

KeyView Ephemerals::next() {
  constexpr std::array<Byte, crypto_stream_chacha20_ietf_NONCEBYTES> kNonce{};
  Secret made(2);
  crypto_stream_chacha20_ietf(made.all().data(), made.all().size(), kNonce.data(), state_.key(0).data());
  state_ = std::move(made);
  return state_.key(1);
}

}  // namespace serialtcp::secure
