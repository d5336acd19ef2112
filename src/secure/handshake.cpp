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

constexpr std::size_t kChaining = 0;
constexpr std::size_t kCipher = 1;
constexpr std::size_t kOwn = 2;

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

/// HKDF as Noise has it: fills as many keys as `out` has.
void hkdf(KeyView chaining, ByteView input, Secret& out, std::size_t count) {
  Secret temporary(1);
  hmac(chaining, input, {}, temporary.key(0));
  ByteView last;
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = static_cast<Byte>(i + 1);
    hmac(temporary.key(0), last, ByteView(&number, 1), out.key(i));
    last = out.key(i);
  }
}

std::array<Byte, 12> nonce_of(std::uint64_t number) {
  std::array<Byte, 12> nonce{};
  base::Writer writer(MutableByteView(nonce).subspan(4));
  writer.little(number, 8);
  return nonce;
}

}  // namespace

Handshake::Handshake(Side side, const Key& psk, ByteView prologue) : side_(side), secret_(3) {
  static_assert(kName.size() > sizeof(hash_), "a shorter name is padded, not hashed");
  crypto_hash_sha256(hash_.data(), bytes_of(kName).data(), kName.size());
  std::ranges::copy(hash_, secret_.key(kChaining).begin());
  mix_hash(prologue);
  mix_key_and_hash(psk.bytes());
}

void Handshake::mix_hash(ByteView bytes) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  crypto_hash_sha256_update(&state, hash_.data(), hash_.size());
  crypto_hash_sha256_update(&state, bytes.data(), bytes.size());
  crypto_hash_sha256_final(&state, hash_.data());
}

void Handshake::mix_key(ByteView input) {
  Secret out(2);
  hkdf(secret_.key(kChaining), input, out, 2);
  std::ranges::copy(out.key(0), secret_.key(kChaining).begin());
  std::ranges::copy(out.key(1), secret_.key(kCipher).begin());
  nonce_ = 0;
}

void Handshake::mix_key_and_hash(ByteView input) {
  Secret out(3);
  hkdf(secret_.key(kChaining), input, out, 3);
  std::ranges::copy(out.key(0), secret_.key(kChaining).begin());
  mix_hash(out.key(1));
  std::ranges::copy(out.key(2), secret_.key(kCipher).begin());
  nonce_ = 0;
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
  Secret shared(1);
  // A point of low order would give a shared secret that anybody knows.
  if (crypto_scalarmult_curve25519(shared.key(0).data(), own.data(), theirs.data()) != 0) return false;
  mix_key(shared.key(0));
  return true;
}

std::optional<Bytes> Handshake::write(KeyView ephemeral, ByteView payload) {
  std::ranges::copy(ephemeral, secret_.key(kOwn).begin());
  Bytes message(kPublicSize);
  crypto_scalarmult_curve25519_base(message.data(), ephemeral.data());
  mix_hash(message);
  mix_key(message);
  if (side_ == Side::responder) {
    const bool good = mix_shared(ephemeral, theirs_);
    forget_own();
    if (!good) return std::nullopt;
  }
  const Bytes sealed = encrypt_and_hash(payload);
  message.insert(message.end(), sealed.begin(), sealed.end());
  return message;
}

std::optional<Bytes> Handshake::read(ByteView message) {
  Handshake next(*this);
  std::optional<Bytes> payload = next.read_now(message);
  if (payload) *this = std::move(next);
  if (payload && side_ == Side::initiator) forget_own();
  return payload;
}

/// The ephemeral key has been used: with a recording it would give the keys of the link away.
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
  Secret out(2);
  hkdf(secret_.key(kChaining), {}, out, 2);
  const bool initiator = side_ == Side::initiator;
  return {out.key(initiator ? 0 : 1), out.key(initiator ? 1 : 0)};
}

}  // namespace serialtcp::secure
