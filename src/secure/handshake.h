// Handshake: Noise_NNpsk0_25519_ChaChaPoly_SHA256, from either side. Two messages make a LinkKeys that only
// the two who have the shared key can have, and nobody later, not even with that key.
//
//   initiator   -> psk, e
//   responder   <- e, ee
//
// It draws no randomness: ephemeral keys are arguments. It does not know how messages travel.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "secure/aead.h"
#include "secure/link_keys.h"
#include "secure/secret.h"
#include "serialtcp/bytes.h"
#include "serialtcp/key.h"

namespace serialtcp::secure {

inline constexpr std::size_t kPublicSize = 32;
/// Of either message, with nothing as its payload.
inline constexpr std::size_t kMessageSize = kPublicSize + kTagSize;

/// The public half of an ephemeral key, as it stands at the front of a message.
std::array<Byte, kPublicSize> public_half(KeyView ephemeral);

class Handshake {
 public:
  enum class Side : std::uint8_t { initiator, responder };

  /// The prologue is what both sides know, and want to be the same.
  Handshake(Side side, const Key& psk, ByteView prologue);

  /// Begins anew with the same shared key, as if just made: for who judges many messages, since it allocates
  /// nothing.
  void restart(ByteView prologue);

  /// Authenticates more that both sides know, between the two messages.
  void mix_hash(ByteView bytes);

  /// This side's message. `ephemeral` is a fresh secret, used for nothing else. Nothing when a responder's
  /// peer has sent a public key that makes no shared secret: with the shared key, but on purpose.
  std::optional<Bytes> write(KeyView ephemeral, ByteView payload = {});
  /// The initiator's message, with the same ephemeral key, behind another prologue. At most one of all that
  /// were made of a key may be sent.
  Bytes rewrite(ByteView prologue);
  /// The other side's message: its payload, or nothing when it is not what the other side wrote; then nothing
  /// has changed. It must not be called again after it has worked, but for restart() before it.
  std::optional<Bytes> read(ByteView message);

  /// Once both messages have passed.
  LinkKeys keys() const;
  /// The same value at both sides, and in no other handshake.
  ByteView hash() const { return hash_; }

 private:
  void mix_key(ByteView input);
  void begin();
  void wipe_scratch();
  Bytes write_public();
  Bytes encrypt_and_hash(ByteView plain);
  std::optional<Bytes> decrypt_and_hash(ByteView sealed);
  std::optional<Bytes> read_now(ByteView message);
  bool mix_shared(KeyView own, ByteView theirs);
  void forget_own();

  Side side_;
  std::array<Byte, 32> hash_{};
  Secret secret_;  ///< chaining key, cipher key, own ephemeral key, and scratch
  std::array<Byte, kPublicSize> ours_{};
  std::array<Byte, kPublicSize> theirs_{};
  std::uint64_t nonce_ = 0;
};

}  // namespace serialtcp::secure
