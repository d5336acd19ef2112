// The authenticating cipher of sealed frames: ChaCha20-Poly1305 (RFC 8439), fed piece by piece, so that a
// frame can be cut short at any byte. docs/protocol.md, "Sealed frames".
//
// The last byte of what is sealed is known to both ends and not sent: the receiver makes its ciphertext by
// itself. It owns nothing but one frame's state, and does not know what the bytes mean.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "secure/secret.h"
#include "serialtcp/bytes.h"

namespace serialtcp::secure {

inline constexpr std::size_t kTagSize = 16;
using Tag = std::array<Byte, kTagSize>;
using TagView = std::span<const Byte, kTagSize>;

/// Seals one frame. A number must never be used twice with the same key: LinkKeys sees to that.
class Sealer {
 public:
  /// `associated` is authenticated, and sent as it is.
  Sealer(KeyView key, std::uint64_t number, ByteView associated);
  Sealer(const Sealer&) = default;
  Sealer& operator=(const Sealer&) = default;
  ~Sealer();

  /// Encrypts the next bytes. `out` has room for as many; it may be `plain` itself.
  void seal(ByteView plain, Byte* out);
  /// The tag of it all, `last` being the byte that is not sent.
  Tag finish(Byte last);

 private:
  void whole_blocks(ByteView plain, Byte* out);
  Byte mask(Byte plain);

  static constexpr std::size_t kBlock = 64;

  std::array<Byte, kKeySize> key_;
  std::array<Byte, 12> nonce_;
  std::array<Byte, 2 * kBlock> stream_;  ///< of the key stream: what makes the tag's key, then a block
  std::size_t used_ = kBlock;            ///< of stream_
  std::uint32_t next_block_ = 2;
  std::uint64_t associated_size_;
  std::uint64_t size_ = 0;
  alignas(64) std::array<Byte, 256> tag_state_;  ///< the library's own
};

/// What open() is given of one frame.
struct Sealed {
  std::uint64_t number = 0;
  ByteView associated;
  ByteView bytes;  ///< without the one that is not sent
  Byte last = 0;   ///< that one, as plain text
  TagView tag;
};

/// Decrypts into `out`, which has room for as many bytes as there are; false, and nothing is written, when
/// any part of it is not what was sealed with this key.
bool open(KeyView key, const Sealed& sealed, Byte* out);

}  // namespace serialtcp::secure
