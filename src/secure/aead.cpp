#include "secure/aead.h"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include "base/cursor.h"

namespace serialtcp::secure {

namespace {

constexpr std::array<Byte, 64> kZeros{};
constexpr std::size_t kPadding = 16;

using TagState = crypto_onetimeauth_poly1305_state;

void pad(TagState* state, std::uint64_t size) {
  const std::size_t over = size % kPadding;
  if (over != 0) crypto_onetimeauth_poly1305_update(state, kZeros.data(), kPadding - over);
}

void begin_tag(TagState* state, const Byte* key, ByteView associated) {
  crypto_onetimeauth_poly1305_init(state, key);
  crypto_onetimeauth_poly1305_update(state, associated.data(), associated.size());
  pad(state, associated.size());
}

Tag end_tag(TagState* state, std::uint64_t associated_size, std::uint64_t size) {
  pad(state, size);
  std::array<Byte, 16> sizes;
  base::Writer writer(sizes);
  writer.little(associated_size, 8);
  writer.little(size, 8);
  crypto_onetimeauth_poly1305_update(state, sizes.data(), sizes.size());
  Tag tag;
  crypto_onetimeauth_poly1305_final(state, tag.data());
  return tag;
}

}  // namespace

std::array<Byte, 12> nonce_of(std::uint64_t number) {
  std::array<Byte, 12> nonce;
  base::Writer writer(nonce);
  writer.little(0, 4);
  writer.little(number, 8);
  return nonce;
}

std::shared_ptr<Secret> Sealer::make_room() {
  static_assert(sizeof(State) % kKeySize == 0 && sizeof(State) % alignof(State) == 0);
  return std::make_shared<Secret>(sizeof(State) / kKeySize);
}

Sealer::Sealer(KeyView key, std::uint64_t number, ByteView associated, std::shared_ptr<Secret> room)
    : room_(std::move(room)), nonce_(nonce_of(number)), associated_size_(associated.size()) {
  CHECK(room_->all().size() == sizeof(State));
  static_assert(sizeof(TagState) <= sizeof(State::tag) && alignof(TagState) <= alignof(State));
  State& made = state();
  std::ranges::copy(key, made.key.begin());
  crypto_stream_chacha20_ietf(made.stream.data(), made.stream.size(), nonce_.data(), made.key.data());
  begin_tag(reinterpret_cast<TagState*>(made.tag.data()), made.stream.data(), associated);
}

Sealer::Sealer(const Sealer& other)
    : room_(std::make_shared<Secret>(*other.room_)),
      nonce_(other.nonce_),
      used_(other.used_),
      next_block_(other.next_block_),
      associated_size_(other.associated_size_),
      size_(other.size_) {}

Sealer::~Sealer() {
  if (room_) sodium_memzero(room_->all().data(), room_->all().size());
}

void Sealer::seal(ByteView plain, Byte* out) {
  const ByteView all(out, plain.size());
  const std::size_t at_hand = std::min(plain.size(), state().stream.size() - used_);
  for (std::size_t i = 0; i < at_hand; ++i) out[i] = plain[i] ^ state().stream[used_ + i];
  used_ += at_hand;
  plain = plain.subspan(at_hand);
  out += at_hand;

  const std::size_t whole = plain.size() - plain.size() % kBlock;
  whole_blocks(plain.first(whole), out);
  plain = plain.subspan(whole);
  out += whole;
  for (std::size_t i = 0; i < plain.size(); ++i) out[i] = mask(plain[i]);

  crypto_onetimeauth_poly1305_update(reinterpret_cast<TagState*>(state().tag.data()), all.data(), all.size());
  size_ += all.size();
}

void Sealer::whole_blocks(ByteView plain, Byte* out) {
  if (plain.empty()) return;
  crypto_stream_chacha20_ietf_xor_ic(out, plain.data(), plain.size(), nonce_.data(), next_block_,
                                     state().key.data());
  next_block_ += static_cast<std::uint32_t>(plain.size() / kBlock);
}

Byte Sealer::mask(Byte plain) {
  if (used_ == state().stream.size()) {
    used_ = kBlock;
    whole_blocks(kZeros, state().stream.data() + used_);
  }
  return plain ^ state().stream[used_++];
}

Tag Sealer::finish(Byte last) {
  auto* const tag = reinterpret_cast<TagState*>(state().tag.data());
  const Byte hidden = mask(last);
  crypto_onetimeauth_poly1305_update(tag, &hidden, 1);
  return end_tag(tag, associated_size_, size_ + 1);
}

bool open(KeyView key, const Sealed& sealed, Byte* out) {
  constexpr std::size_t kBlock = 64;
  const std::array<Byte, 12> nonce = nonce_of(sealed.number);
  std::array<Byte, 2 * kBlock> stream;
  crypto_stream_chacha20_ietf(stream.data(), stream.size(), nonce.data(), key.data());
  TagState state;
  begin_tag(&state, stream.data(), sealed.associated);
  crypto_onetimeauth_poly1305_update(&state, sealed.bytes.data(), sealed.bytes.size());
  const std::size_t block = sealed.bytes.size() / kBlock;
  if (block > 0) {
    crypto_stream_chacha20_ietf_xor_ic(stream.data() + kBlock, kZeros.data(), kBlock, nonce.data(),
                                       static_cast<std::uint32_t>(1 + block), key.data());
  }
  const Byte hidden = sealed.last ^ stream[kBlock + sealed.bytes.size() % kBlock];
  crypto_onetimeauth_poly1305_update(&state, &hidden, 1);
  const Tag tag = end_tag(&state, sealed.associated.size(), sealed.bytes.size() + 1);
  const bool good = sodium_memcmp(tag.data(), sealed.tag.data(), tag.size()) == 0;
  if (good && !sealed.bytes.empty()) {
    crypto_stream_chacha20_ietf_xor_ic(out, sealed.bytes.data(), sealed.bytes.size(), nonce.data(), 1,
                                       key.data());
  }
  sodium_memzero(stream.data(), stream.size());
  sodium_memzero(&state, sizeof(state));
  return good;
}

}  // namespace serialtcp::secure
