// The authenticating cipher of sealed frames: ChaCha20-Poly1305 (RFC 8439), fed piece by piece, so that a
// frame can be cut short at any byte. docs/protocol.md, "Sealed frames".
//
// The last byte of what is sealed is known to both ends and not sent: the receiver makes its ciphertext by
// itself. It owns nothing but one frame's state, and does not know what the bytes mean.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "secure/secret.h"
#include "serialtcp/bytes.h"

namespace serialtcp::secure {

inline constexpr std::size_t kTagSize = 16;
using Tag = std::array<Byte, kTagSize>;
using TagView = std::span<const Byte, kTagSize>;

/// Seals one frame. A number must never be used twice with the same key: LinkKeys sees to that. The key, and
/// all else that tells what is sealed, is in memory as Secret has it, and wiped when the frame is over.
class Sealer {
 public:
  /// `associated` is authenticated, and sent as it is.
  Sealer(KeyView key, std::uint64_t number, ByteView associated)
      : Sealer(key, number, associated, make_room()) {}
  /// The same in memory from make_room() that no other Sealer uses any more: making it takes longer than
  /// sealing a short frame.
  Sealer(KeyView key, std::uint64_t number, ByteView associated, std::shared_ptr<Secret> room);
  Sealer(const Sealer& other);
  Sealer& operator=(const Sealer&) = delete;
  Sealer(Sealer&&) noexcept = default;
  Sealer& operator=(Sealer&&) = delete;
  ~Sealer();

  static std::shared_ptr<Secret> make_room();

  /// Encrypts the next bytes. `out` has room for as many; it may be `plain` itself.
  void seal(ByteView plain, Byte* out);
  /// The tag of it all, `last` being the byte that is not sent.
  Tag finish(Byte last);

 private:
  void whole_blocks(ByteView plain, Byte* out);
  Byte mask(Byte plain);

  static constexpr std::size_t kBlock = 64;

  struct State {
    alignas(64) std::array<Byte, 256> tag;  ///< the library's own
    std::array<Byte, 2 * kBlock> stream;    ///< of the key stream: what makes the tag's key, then a block
    std::array<Byte, kKeySize> key;
  };
  State& state() { return *reinterpret_cast<State*>(room_->all().data()); }

  std::shared_ptr<Secret> room_;  ///< a State; null when moved from
  std::array<Byte, 12> nonce_;
  std::size_t used_ = kBlock;  ///< of the stream
  std::uint32_t next_block_ = 2;
  std::uint64_t associated_size_;
  std::uint64_t size_ = 0;
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
