// The names are those of the Noise specification, revision 34.
#include "secure/handshake.h"

#include <sodium.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/cursor.h"

namespace serialtcp::secure {

namespace {

constexpr std::string_view kName = "Noise_NNpsk0_25519_ChaChaPoly_SHA256";

// The slots of a handshake's memory. The last ones are temporary, so that a step of the handshake allocates
// nothing: guarded memory costs more than the arithmetic.
constexpr std::size_t kChaining = 0;
constexpr std::size_t kCipher = 1;
constexpr std::size_t kOwn = 2;
constexpr std::size_t kOldChaining = 3;
constexpr std::size_t kOldCipher = 4;
constexpr std::size_t kTemporary = 5;
constexpr std::size_t kOutput = 6;
// What Noise computes from the shared key alone. It is the same in every handshake.
constexpr std::size_t kChainingOfPsk = kOutput + 3;
constexpr std::size_t kHashOfPsk = kChainingOfPsk + 1;
constexpr std::size_t kSlots = kHashOfPsk + 1;

ByteView bytes_of(std::string_view text) {
  return {reinterpret_cast<const Byte*>(text.data()), text.size()};
}

void hmac(KeyView key, ByteView first, ByteView second, MutableKeyView out) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, key.data(), key.size());
  crypto_auth_hmacsha256_update(&state, first.data(), first.size());
  crypto_auth_hmacsha256_update(&state, second.data(), second.size());
  crypto_auth_hmacsha256_final(&state, out.data());
  sodium_memzero(&state, sizeof(state));
}

/// HKDF as in Noise: writes `count` keys to `keys`, from slot `first` on.
void hkdf(KeyView chaining, ByteView input, MutableKeyView temporary, Secret& keys, std::size_t first,
          std::size_t count) {
  hmac(chaining, input, {}, temporary);
  ByteView last;
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = static_cast<Byte>(i + 1);
    hmac(temporary, last, ByteView(&number, 1), keys.key(first + i));
    last = keys.key(first + i);
  }
}

void copy(KeyView from, MutableKeyView to) {
  std::ranges::copy(from, to.begin());
}

}  // namespace

std::array<Byte, kPublicSize> public_half(KeyView ephemeral) {
  std::array<Byte, kPublicSize> half;
  crypto_scalarmult_curve25519_base(half.data(), ephemeral.data());
  return half;
}

Handshake::Handshake(Side side, const Key& psk, ByteView prologue) : side_(side), secret_(kSlots) {
  begin();
  hkdf(hash_, psk.bytes(), secret_.key(kTemporary), secret_, kOutput, 2);
  copy(secret_.key(kOutput), secret_.key(kChainingOfPsk));
  copy(secret_.key(kOutput + 1), secret_.key(kHashOfPsk));
  wipe_scratch();
  restart(prologue);
}

void Handshake::begin() {
  static_assert(kName.size() > sizeof(hash_), "a shorter name is padded, not hashed");
  crypto_hash_sha256(hash_.data(), bytes_of(kName).data(), kName.size());
}

void Handshake::restart(ByteView prologue) {
  begin();
  mix_hash(prologue);
  // MixKeyAndHash of the shared key. The resulting cipher key is never used: the next step replaces it.
  copy(secret_.key(kChainingOfPsk), secret_.key(kChaining));
  mix_hash(secret_.key(kHashOfPsk));
  nonce_ = 0;
}

void Handshake::mix_hash(ByteView bytes) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  crypto_hash_sha256_update(&state, hash_.data(), hash_.size());
  crypto_hash_sha256_update(&state, bytes.data(), bytes.size());
  crypto_hash_sha256_final(&state, hash_.data());
}

void Handshake::mix_key(ByteView input) {
  hkdf(secret_.key(kChaining), input, secret_.key(kTemporary), secret_, kOutput, 2);
  copy(secret_.key(kOutput), secret_.key(kChaining));
  copy(secret_.key(kOutput + 1), secret_.key(kCipher));
  wipe_scratch();
  nonce_ = 0;
}

void Handshake::wipe_scratch() {
  sodium_memzero(secret_.key(kTemporary).data(), (kChainingOfPsk - kTemporary) * kKeySize);
}

Bytes Handshake::encrypt_and_hash(ByteView plain) {
  Bytes sealed(plain.size() + kTagSize);
  crypto_aead_chacha20poly1305_ietf_encrypt(sealed.data(), nullptr, plain.data(), plain.size(), hash_.data(),
                                            hash_.size(), nullptr, nonce_of(nonce_++).data(),
                                            secret_.key(kCipher).data());
  mix_hash(sealed);
  return sealed;
}

std::optional<Bytes> Handshake::decrypt_and_hash(ByteView sealed) {
  if (sealed.size() < kTagSize) return std::nullopt;
  Bytes plain(sealed.size() - kTagSize);
  if (crypto_aead_chacha20poly1305_ietf_decrypt(plain.data(), nullptr, nullptr, sealed.data(), sealed.size(),
                                                hash_.data(), hash_.size(), nonce_of(nonce_++).data(),
                                                secret_.key(kCipher).data()) != 0) {
    return std::nullopt;
  }
  mix_hash(sealed);
  return plain;
}

bool Handshake::mix_shared(KeyView own, ByteView theirs) {
  const MutableKeyView shared = secret_.key(kOutput + 2);
  // A point of low order would give a shared secret that anybody can compute.
  if (crypto_scalarmult_curve25519(shared.data(), own.data(), theirs.data()) != 0) return false;
  mix_key(shared);
  return true;
}

std::optional<Bytes> Handshake::write(KeyView ephemeral, ByteView payload) {
  std::ranges::copy(ephemeral, secret_.key(kOwn).begin());
  ours_ = public_half(ephemeral);
  Bytes message = write_public();
  if (side_ == Side::responder) {
    const bool good = mix_shared(ephemeral, theirs_);
    forget_own();
    if (!good) return std::nullopt;
  }
  const Bytes sealed = encrypt_and_hash(payload);
  message.insert(message.end(), sealed.begin(), sealed.end());
  return message;
}

Bytes Handshake::write_public() {
  Bytes message(ours_.begin(), ours_.end());
  mix_hash(message);
  mix_key(message);
  return message;
}

Bytes Handshake::rewrite(ByteView prologue) {
  CHECK(side_ == Side::initiator);
  restart(prologue);
  Bytes message = write_public();
  const Bytes sealed = encrypt_and_hash({});
  message.insert(message.end(), sealed.begin(), sealed.end());
  return message;
}

std::optional<Bytes> Handshake::read(ByteView message) {
  copy(secret_.key(kChaining), secret_.key(kOldChaining));
  copy(secret_.key(kCipher), secret_.key(kOldCipher));
  const auto hash = hash_;
  const auto theirs = theirs_;
  const std::uint64_t nonce = nonce_;
  std::optional<Bytes> payload = read_now(message);
  if (!payload) {
    copy(secret_.key(kOldChaining), secret_.key(kChaining));
    copy(secret_.key(kOldCipher), secret_.key(kCipher));
    hash_ = hash;
    theirs_ = theirs;
    nonce_ = nonce;
  }
  sodium_memzero(secret_.key(kOldChaining).data(), 2 * kKeySize);
  wipe_scratch();
  if (payload && side_ == Side::initiator) forget_own();
  return payload;
}

/// The ephemeral key has been used. Together with a recording it would reveal the keys of the link.
void Handshake::forget_own() {
  sodium_memzero(secret_.key(kOwn).data(), kKeySize);
}

std::optional<Bytes> Handshake::read_now(ByteView message) {
  if (message.size() < kMessageSize) return std::nullopt;
  const ByteView theirs = message.first(kPublicSize);
  std::ranges::copy(theirs, theirs_.begin());
  mix_hash(theirs);
  mix_key(theirs);
  if (side_ == Side::initiator && !mix_shared(secret_.key(kOwn), theirs)) return std::nullopt;
  return decrypt_and_hash(message.subspan(kPublicSize));
}

LinkKeys Handshake::keys() const {
  Secret out(3);
  hkdf(secret_.key(kChaining), {}, out.key(2), out, 0, 2);
  const bool initiator = side_ == Side::initiator;
  return {out.key(initiator ? 0 : 1), out.key(initiator ? 1 : 0)};
}

}  // namespace serialtcp::secure
