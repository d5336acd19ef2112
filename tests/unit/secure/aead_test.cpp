// Sealed frames: incrementally they are the same as with the library's own one-shot cipher.
#include "secure/aead.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/prng.h"
#include "hex.h"

namespace serialtcp::secure {
namespace {

using test::from_hex;
using test::to_hex;

struct Example {
  std::array<Byte, kKeySize> key{};
  std::uint64_t number = 0;
  Bytes associated;
  Bytes plain;  ///< the last byte is the one that is not sent
};

Example example(base::Prng& random, std::size_t size) {
  Example example;
  for (Byte& byte : example.key) byte = static_cast<Byte>(random.next());
  example.number = random.next();
  example.associated.resize(random.below(40));
  example.plain.resize(size);
  for (Byte& byte : example.associated) byte = static_cast<Byte>(random.next());
  for (Byte& byte : example.plain) byte = static_cast<Byte>(random.next());
  return example;
}

/// The ciphertext and then the tag.
Bytes at_once(const Example& example) {
  std::array<Byte, 12> nonce{};
  for (unsigned i = 0; i < 8; ++i) nonce[4 + i] = static_cast<Byte>(example.number >> (8 * i));
  Bytes sealed(example.plain.size() + kTagSize);
  crypto_aead_chacha20poly1305_ietf_encrypt(
      sealed.data(), nullptr, example.plain.data(), example.plain.size(), example.associated.data(),
      example.associated.size(), nullptr, nonce.data(), example.key.data());
  return sealed;
}

/// The same without the last byte's ciphertext, in pieces of these sizes, the last of them repeated.
Bytes in_pieces(const Example& example, std::vector<std::size_t> sizes) {
  Sealer sealer(example.key, example.number, example.associated);
  const ByteView plain = ByteView(example.plain).first(example.plain.size() - 1);
  Bytes sealed(plain.size());
  std::size_t done = 0;
  for (std::size_t i = 0; done < plain.size(); ++i) {
    const std::size_t size = std::min(sizes[std::min(i, sizes.size() - 1)], plain.size() - done);
    sealer.seal(plain.subspan(done, size), sealed.data() + done);
    done += size;
  }
  const Tag tag = sealer.finish(example.plain.back());
  sealed.insert(sealed.end(), tag.begin(), tag.end());
  return sealed;
}

Bytes without_the_last_byte(Bytes sealed) {
  sealed.erase(sealed.end() - kTagSize - 1);
  return sealed;
}

Sealed parts(const Example& example, const Bytes& sealed) {
  const ByteView all(sealed);
  return {example.number, example.associated, all.first(all.size() - kTagSize), example.plain.back(),
          TagView(all.last(kTagSize))};
}

TEST(Aead, IsTheLibrarysOwnWhereverItIsCut) {
  base::Prng random(1);
  for (std::size_t size = 1; size <= 330; ++size) {
    const Example frame = example(random, size);
    const Bytes expected = without_the_last_byte(at_once(frame));
    ASSERT_EQ(to_hex(in_pieces(frame, {size})), to_hex(expected)) << size;
    for (std::size_t cut = 1; cut < size; ++cut) {
      ASSERT_EQ(in_pieces(frame, {cut, size}), expected) << size << " cut at " << cut;
    }
  }
}

TEST(Aead, IsTheLibrarysOwnInPiecesOfAnySize) {
  base::Prng random(2);
  for (int round = 0; round < 300; ++round) {
    const Example frame = example(random, 1 + random.below(4096));
    std::vector<std::size_t> sizes;
    for (int i = 0; i < 200; ++i) sizes.push_back(1 + random.below(random.chance(0.5) ? 70 : 700));
    ASSERT_EQ(in_pieces(frame, sizes), without_the_last_byte(at_once(frame))) << "SEED 2, round " << round;
  }
}

TEST(Aead, OpensWhatItSealed) {
  base::Prng random(3);
  for (std::size_t size = 1; size <= 700; ++size) {
    const Example frame = example(random, size);
    const Bytes sealed = in_pieces(frame, {size});
    Bytes opened(size - 1);
    ASSERT_TRUE(open(frame.key, parts(frame, sealed), opened.data())) << size;
    ASSERT_EQ(opened, Bytes(frame.plain.begin(), frame.plain.end() - 1)) << size;
  }
}

TEST(Aead, OpensNothingThatWasChangedAnywhere) {
  base::Prng random(4);
  for (const std::size_t size : {1U, 2U, 17U, 64U, 65U, 130U}) {
    const Example frame = example(random, size);
    const Bytes sealed = in_pieces(frame, {size});
    Bytes opened(size - 1, 0xEE);
    for (std::size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
      Bytes flipped = sealed;
      flipped[bit / 8] ^= static_cast<Byte>(1U << (bit % 8));
      EXPECT_FALSE(open(frame.key, parts(frame, flipped), opened.data())) << size << " " << bit;
    }
    for (std::size_t bit = 0; bit < 8 * frame.associated.size(); ++bit) {
      Example other = frame;
      other.associated[bit / 8] ^= static_cast<Byte>(1U << (bit % 8));
      EXPECT_FALSE(open(frame.key, parts(other, sealed), opened.data())) << size << " " << bit;
    }
    Example other = frame;
    other.plain.back() ^= 2;  // 7C for 7E
    EXPECT_FALSE(open(frame.key, parts(other, sealed), opened.data()));
    other = frame;
    ++other.number;
    EXPECT_FALSE(open(frame.key, parts(other, sealed), opened.data()));
    other = frame;
    other.key[31] ^= 0x80;
    EXPECT_FALSE(open(other.key, parts(frame, sealed), opened.data()));
    EXPECT_EQ(opened, Bytes(size - 1, 0xEE)) << "nothing is written that was not authentic";
  }
}

}  // namespace
}  // namespace serialtcp::secure
