// The authenticated cipher of sealed frames: ChaCha20-Poly1305 (RFC 8439), fed incrementally, so that a frame
// can be ended at any byte. docs/protocol.md, "Sealed frames".
//
// The last byte of the plain text is known to both ends, and its ciphertext is not sent: the receiver
// computes it. These classes hold only the state of one frame, and do not know what the bytes mean.
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

/// Of 12 bytes: 4 of 0, and the number, the lowest byte first (as in Noise, revision 34, section 12.2).
std::array<Byte, 12> nonce_of(std::uint64_t number);

/// Seals one frame. A number must never be used twice with the same key; LinkKeys ensures this. The key, and
/// everything else that reveals the plain text, is in a Secret, and wiped when the frame is finished.
class Sealer {
 public:
  /// `associated` is authenticated, and sent unencrypted.
  Sealer(KeyView key, std::uint64_t number, ByteView associated)
      : Sealer(key, number, associated, make_room()) {}
  /// The same with memory from make_room() that no other Sealer uses any more. To allocate it takes longer
  /// than to seal a short frame.
  Sealer(KeyView key, std::uint64_t number, ByteView associated, std::shared_ptr<Secret> room);
  Sealer(const Sealer& other);
  Sealer& operator=(const Sealer&) = delete;
  Sealer(Sealer&&) noexcept = default;
  Sealer& operator=(Sealer&&) = delete;
  ~Sealer();

  static std::shared_ptr<Secret> make_room();

  /// Encrypts the next bytes. `out` has space for as many, and may be `plain` itself.
  void seal(ByteView plain, Byte* out);
  /// The tag of everything sealed and of `last`, the byte that is not sent.
  Tag finish(Byte last);

 private:
  void whole_blocks(ByteView plain, Byte* out);
  Byte mask(Byte plain);

  static constexpr std::size_t kBlock = 64;

  struct State {
    alignas(64) std::array<Byte, 256> tag;  ///< the library's state
    std::array<Byte, 2 * kBlock> stream;  ///< key stream: the block of the tag's key, then the current block
    std::array<Byte, kKeySize> key;
  };
  State& state() { return *reinterpret_cast<State*>(room_->all().data()); }

  std::shared_ptr<Secret> room_;  ///< a State; null when moved from
  std::array<Byte, 12> nonce_;
  std::size_t used_ = kBlock;  ///< bytes of `stream`
  std::uint32_t next_block_ = 2;
  std::uint64_t associated_size_;
  std::uint64_t size_ = 0;
};

/// A frame to be opened.
struct Sealed {
  std::uint64_t number = 0;
  ByteView associated;
  ByteView bytes;  ///< ciphertext, without the byte that is not sent
  Byte last = 0;   ///< the byte that is not sent, as plain text
  TagView tag;
};

/// Decrypts into `out`, which has space for as many bytes as `bytes`. Returns false, and writes nothing,
/// unless all of it was sealed with this key.
bool open(KeyView key, const Sealed& sealed, Byte* out);

}  // namespace serialtcp::secure
