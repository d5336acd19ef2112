#include "secure/link_keys.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "base/check.h"

namespace serialtcp::secure {

namespace {

constexpr std::size_t kSend = 0;
constexpr std::size_t kReceive = 1;
constexpr std::size_t kReceiveNext = 2;

/// Noise's REKEY: the encryption of 32 zero bytes with the highest nonce.
void next_key(KeyView key, MutableKeyView next) {
  constexpr std::array<Byte, 12> kHighest = {0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
  constexpr std::array<Byte, kKeySize> kZeroKey{};
  std::array<Byte, kKeySize> made;
  crypto_stream_chacha20_ietf_xor_ic(made.data(), kZeroKey.data(), made.size(), kHighest.data(), 1,
                                     key.data());
  std::ranges::copy(made, next.begin());
  sodium_memzero(made.data(), made.size());
}

}  // namespace

LinkKeys::LinkKeys(KeyView send, KeyView receive) : keys_(3) {
  std::ranges::copy(send, keys_.key(kSend).begin());
  std::ranges::copy(receive, keys_.key(kReceive).begin());
  next_key(keys_.key(kReceive), keys_.key(kReceiveNext));
}

Sealer LinkKeys::seal(std::uint64_t number, ByteView associated) {
  CHECK(number >= least_unused_);
  least_unused_ = number + 1;
  if (room_.use_count() > 1) room_ = Sealer::make_room();
  return {keys_.key(kSend), number, associated, room_};
}

void LinkKeys::renew() {
  next_key(keys_.key(kSend), keys_.key(kSend));
  ++send_epoch_;
}

bool LinkKeys::open_with_present(const Sealed& sealed, Byte* out) const {
  return secure::open(keys_.key(kReceive), sealed, out);
}

bool LinkKeys::open(const Sealed& sealed, Byte* out) {
  if (open_with_present(sealed, out)) return true;
  if (!secure::open(keys_.key(kReceiveNext), sealed, out)) return false;
  std::ranges::copy(keys_.key(kReceiveNext), keys_.key(kReceive).begin());
  next_key(keys_.key(kReceive), keys_.key(kReceiveNext));
  ++receive_epoch_;
  return true;
}

}  // namespace serialtcp::secure
