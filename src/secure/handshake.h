// Handshake: Noise_NNpsk0_25519_ChaChaPoly_SHA256 (noiseprotocol.org, revision 34), for both sides. Two
// messages give a LinkKeys that only the two owners of the shared key can have, and that nobody can compute
// later, not even with the shared key.
//
//   initiator   -> psk, e
//   responder   <- e, ee
//
// It draws no random numbers: ephemeral keys are arguments. It does not know how messages are sent.
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
/// Bytes of either message, with an empty payload.
inline constexpr std::size_t kMessageSize = kPublicSize + kTagSize;

/// The public half of an ephemeral key, as it is at the beginning of a message.
std::array<Byte, kPublicSize> public_half(KeyView ephemeral);

class Handshake {
 public:
  enum class Side : std::uint8_t { initiator, responder };

  /// `prologue`: what both sides know, and what must be the same for both.
  Handshake(Side side, const Key& psk, ByteView prologue);

  /// Starts again with the same shared key, like a new object. It allocates nothing, for an end that checks
  /// many messages.
  void restart(ByteView prologue);

  /// Authenticates more bytes that both sides know, between the two messages.
  void mix_hash(ByteView bytes);

  /// The message of this side. `ephemeral` is a fresh secret that is used for nothing else. Empty if this is
  /// the responder and the peer's public key gives no valid shared secret; only an owner of the shared key
  /// can send one, and only intentionally.
  std::optional<Bytes> write(KeyView ephemeral, ByteView payload = {});
  /// The initiator's message, with the same ephemeral key and another prologue. At most one of the messages
  /// of a key may be sent.
  Bytes rewrite(ByteView prologue);
  /// Reads the message of the other side: its payload, or empty if it is not authentic; then nothing has
  /// changed. After a success it must not be called again without restart().
  std::optional<Bytes> read(ByteView message);

  /// The keys of the link, after both messages.
  LinkKeys keys() const;
  /// A value that is the same at both sides, and different for every handshake.
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
  Secret secret_;  ///< chaining key, cipher key, own ephemeral key, and temporary values
  std::array<Byte, kPublicSize> ours_{};
  std::array<Byte, kPublicSize> theirs_{};
  std::uint64_t nonce_ = 0;
};

}  // namespace serialtcp::secure
