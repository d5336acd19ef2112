#include "secure/aead.h"

#include <sodium.h>

#include <algorithm>

#include "base/cursor.h"

namespace serialtcp::secure {

namespace {

constexpr std::array<Byte, 64> kZeros{};
constexpr std::size_t kPadding = 16;

std::array<Byte, 12> nonce_of(std::uint64_t number) {
  std::array<Byte, 12> nonce;
  base::Writer writer(nonce);
  writer.little(0, 4);
  writer.little(number, 8);
  return nonce;
}

using State = crypto_onetimeauth_poly1305_state;

void pad(State* state, std::uint64_t size) {
  const std::size_t over = size % kPadding;
  if (over != 0) crypto_onetimeauth_poly1305_update(state, kZeros.data(), kPadding - over);
}

void begin_tag(State* state, const Byte* key, ByteView associated) {
  crypto_onetimeauth_poly1305_init(state, key);
  crypto_onetimeauth_poly1305_update(state, associated.data(), associated.size());
  pad(state, associated.size());
}

Tag end_tag(State* state, std::uint64_t associated_size, std::uint64_t size) {
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

Sealer::Sealer(KeyView key, std::uint64_t number, ByteView associated)
    : nonce_(nonce_of(number)), associated_size_(associated.size()) {
  static_assert(sizeof(State) <= sizeof(tag_state_) && alignof(State) <= 64);
  std::ranges::copy(key, key_.begin());
  crypto_stream_chacha20_ietf(stream_.data(), stream_.size(), nonce_.data(), key_.data());
  begin_tag(reinterpret_cast<State*>(tag_state_.data()), stream_.data(), associated);
}

Sealer::~Sealer() {
  sodium_memzero(key_.data(), key_.size());
  sodium_memzero(stream_.data(), stream_.size());
  sodium_memzero(tag_state_.data(), tag_state_.size());
}

void Sealer::seal(ByteView plain, Byte* out) {
  const ByteView all(out, plain.size());
  const std::size_t at_hand = std::min(plain.size(), stream_.size() - used_);
  for (std::size_t i = 0; i < at_hand; ++i) out[i] = plain[i] ^ stream_[used_ + i];
  used_ += at_hand;
  plain = plain.subspan(at_hand);
  out += at_hand;

  const std::size_t whole = plain.size() - plain.size() % kBlock;
  whole_blocks(plain.first(whole), out);
  plain = plain.subspan(whole);
  out += whole;
  for (std::size_t i = 0; i < plain.size(); ++i) out[i] = mask(plain[i]);

  crypto_onetimeauth_poly1305_update(reinterpret_cast<State*>(tag_state_.data()), all.data(), all.size());
  size_ += all.size();
}

void Sealer::whole_blocks(ByteView plain, Byte* out) {
  if (plain.empty()) return;
  crypto_stream_chacha20_ietf_xor_ic(out, plain.data(), plain.size(), nonce_.data(), next_block_,
                                     key_.data());
  next_block_ += static_cast<std::uint32_t>(plain.size() / kBlock);
}

Byte Sealer::mask(Byte plain) {
  if (used_ == stream_.size()) {
    used_ = kBlock;
    whole_blocks(kZeros, stream_.data() + used_);
  }
  return plain ^ stream_[used_++];
}

Tag Sealer::finish(Byte last) {
  auto* const state = reinterpret_cast<State*>(tag_state_.data());
  const Byte hidden = mask(last);
  crypto_onetimeauth_poly1305_update(state, &hidden, 1);
  return end_tag(state, associated_size_, size_ + 1);
}

bool open(KeyView key, const Sealed& sealed, Byte* out) {
  constexpr std::size_t kBlock = 64;
  const std::array<Byte, 12> nonce = nonce_of(sealed.number);
  std::array<Byte, 2 * kBlock> stream;
  crypto_stream_chacha20_ietf(stream.data(), stream.size(), nonce.data(), key.data());
  State state;
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
