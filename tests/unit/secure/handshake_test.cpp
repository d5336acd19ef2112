// The handshake compared with the public vectors of the Noise protocol (cacophony's, in the public domain),
// and what happens when its two sides differ.
#include "secure/handshake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hex.h"
#include "secure/ephemerals.h"
#include "secure/field.h"
#include "secure/key_walk.h"

namespace serialtcp::secure {
namespace {

using test::from_hex;
using test::to_hex;
using Side = Handshake::Side;

std::array<Byte, 32> key_bytes(std::string_view hex) {
  const Bytes bytes = from_hex(hex);
  std::array<Byte, 32> key{};
  EXPECT_EQ(bytes.size(), key.size());
  std::ranges::copy(bytes, key.begin());
  return key;
}

std::array<Byte, 32> filled(Byte byte) {
  std::array<Byte, 32> key{};
  key.fill(byte);
  return key;
}

// Noise_NNpsk0_25519_ChaChaPoly_SHA256 of cacophony's vectors.
constexpr std::string_view kPrologue = "4a6f686e2047616c74";
constexpr std::string_view kPsk = "54686973206973206d7920417573747269616e20706572737065637469766521";
constexpr std::string_view kInitiatorEphemeral =
    "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a";
constexpr std::string_view kResponderEphemeral =
    "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b";
constexpr std::string_view kHash = "f4d03dc34495c95729ea6de9e1b59004b59733102488b3e24bc441e0be208eaf";
constexpr std::string_view kFirst =
    "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c794479b962b8aff8485742ac32f905ba45369e2465fb"
    "59e1"
    "38a93d67a0d1266b6a54";
constexpr std::string_view kFirstPayload = "4c756477696720766f6e204d69736573";
constexpr std::string_view kSecond =
    "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843d6062704d5a9c422a8e834423f8c1feada7e8d0d"
    "910a"
    "1a2cd030fb584221e3";
constexpr std::string_view kSecondPayload = "4d757272617920526f746862617264";

/// Of the messages after the handshake. The initiator sends the first, then they take turns.
struct Message {
  std::uint64_t number;
  std::string_view payload;
  std::string_view sealed;
};
constexpr std::array<Message, 4> kMessages = {{
    {0, "462e20412e20486179656b", "e632c3763d7669067383433197a3baddf146e9e70ad4b4e9e59e0f"},
    {0, "4361726c204d656e676572", "64c6bee32ea91c8474bb4c21d7a700109ad45af77b29764ba5eb1e"},
    {1, "4a65616e2d426170746973746520536179",
     "e2fa0bed0603b62d3ccac2ecabbf3fe33f3e86514909b323361626266cb2471cc8"},
    {1, "457567656e2042f6686d20766f6e2042617765726b",
     "0c01dc9cec1fe4ddd692e8dd32188aa351088dc91183639a53b57aa4692b5ebdef8b8ca111"},
}};

struct Both {
  Handshake initiator;
  Handshake responder;
};

Both both(const Key& psk, const Key& other, ByteView prologue = {}) {
  return {Handshake(Side::initiator, psk, prologue), Handshake(Side::responder, other, prologue)};
}

TEST(NoiseVectors, TheHandshakeSaysThePublishedBytes) {
  const Key psk(key_bytes(kPsk));
  auto [initiator, responder] = both(psk, psk, from_hex(kPrologue));
  const auto first = initiator.write(key_bytes(kInitiatorEphemeral), from_hex(kFirstPayload));
  ASSERT_TRUE(first);
  EXPECT_EQ(to_hex(*first), kFirst);
  EXPECT_EQ(responder.read(*first), from_hex(kFirstPayload));
  const auto second = responder.write(key_bytes(kResponderEphemeral), from_hex(kSecondPayload));
  ASSERT_TRUE(second);
  EXPECT_EQ(to_hex(*second), kSecond);
  EXPECT_EQ(initiator.read(*second), from_hex(kSecondPayload));
  EXPECT_EQ(to_hex(initiator.hash()), kHash);
  EXPECT_EQ(to_hex(responder.hash()), kHash);
}

TEST(NoiseVectors, TheMessagesAfterItAreSealedAndOpenedAsPublished) {
  const Key psk(key_bytes(kPsk));
  auto [initiator, responder] = both(psk, psk, from_hex(kPrologue));
  ASSERT_TRUE(responder.read(*initiator.write(key_bytes(kInitiatorEphemeral), from_hex(kFirstPayload))));
  ASSERT_TRUE(initiator.read(*responder.write(key_bytes(kResponderEphemeral), from_hex(kSecondPayload))));
  LinkKeys ends[] = {initiator.keys(), responder.keys()};
  std::size_t from = 0;
  for (const Message& message : kMessages) {
    const Bytes payload = from_hex(message.payload);
    const Bytes expected = from_hex(message.sealed);
    // The published tags cover the last byte like the others.
    Bytes sealed(payload.size() - 1);
    Sealer sealer = ends[from].seal(message.number, {});
    sealer.seal(ByteView(payload).first(sealed.size()), sealed.data());
    const Tag tag = sealer.finish(payload.back());
    EXPECT_EQ(to_hex(sealed), message.sealed.substr(0, 2 * sealed.size()));
    EXPECT_EQ(to_hex(tag), message.sealed.substr(2 * payload.size()));

    from = 1 - from;
    Bytes opened(sealed.size());
    ASSERT_TRUE(ends[from].open({message.number, {}, sealed, payload.back(), tag}, opened.data()));
    EXPECT_EQ(opened, Bytes(payload.begin(), payload.end() - 1));
  }
}

/// Whether the keys of both sides match.
bool agree(LinkKeys one, LinkKeys other) {
  const Byte byte = 0x55;
  for (int i = 0; i < 2; ++i, std::swap(one, other)) {
    Byte sealed = 0;
    Sealer sealer = one.seal(1, {});
    sealer.seal(ByteView(&byte, 1), &sealed);
    const Tag tag = sealer.finish(0x7E);
    Byte opened = 0;
    if (!other.open({1, {}, ByteView(&sealed, 1), 0x7E, tag}, &opened) || opened != byte) return false;
  }
  return true;
}

TEST(Handshake, GivesBothSidesTheSameKeysAndNobodyElse) {
  const Key psk(filled(1));
  Ephemerals ephemerals(filled(2));
  std::vector<LinkKeys> initiators;
  std::vector<LinkKeys> responders;
  for (int i = 0; i < 2; ++i) {
    auto [initiator, responder] = both(psk, psk);
    const auto first = initiator.write(ephemerals.next());
    ASSERT_TRUE(first);
    EXPECT_EQ(first->size(), kMessageSize);
    ASSERT_TRUE(responder.read(*first));
    const auto second = responder.write(ephemerals.next());
    ASSERT_TRUE(second);
    EXPECT_EQ(second->size(), kMessageSize);
    ASSERT_TRUE(initiator.read(*second));
    initiators.push_back(initiator.keys());
    responders.push_back(responder.keys());
  }
  EXPECT_TRUE(agree(initiators[0], responders[0]));
  EXPECT_FALSE(agree(initiators[0], responders[1]));
}

TEST(Handshake, EndsAtTheFirstMessageWhenTheSharedKeysDiffer) {
  auto [initiator, responder] = both(Key(filled(1)), Key(filled(2)));
  EXPECT_FALSE(responder.read(*initiator.write(filled(3))));
}

TEST(Handshake, EndsAtTheFirstMessageWhenTheProloguesDiffer) {
  const Key psk(filled(1));
  Handshake initiator(Side::initiator, psk, from_hex("00"));
  Handshake responder(Side::responder, psk, from_hex("01"));
  EXPECT_FALSE(responder.read(*initiator.write(filled(3))));
}

TEST(Handshake, EndsAtTheSecondMessageWhenWhatIsMixedBetweenDiffers) {
  const Key psk(filled(1));
  auto [initiator, responder] = both(psk, psk);
  ASSERT_TRUE(responder.read(*initiator.write(filled(3))));
  responder.mix_hash(from_hex("aa"));
  initiator.mix_hash(from_hex("ab"));
  EXPECT_FALSE(initiator.read(*responder.write(filled(4))));
}

TEST(Handshake, NoticesEveryFlippedBitAndIsNoneTheWorse) {
  const Key psk(filled(1));
  auto [initiator, responder] = both(psk, psk);
  const Bytes first = *initiator.write(filled(3));
  for (std::size_t bit = 0; bit < 8 * first.size(); ++bit) {
    Bytes flipped = first;
    flipped[bit / 8] ^= static_cast<Byte>(1U << (bit % 8));
    EXPECT_FALSE(responder.read(flipped)) << bit;
  }
  ASSERT_TRUE(responder.read(first));
  const Bytes second = *responder.write(filled(4));
  for (std::size_t bit = 0; bit < 8 * second.size(); ++bit) {
    Bytes flipped = second;
    flipped[bit / 8] ^= static_cast<Byte>(1U << (bit % 8));
    EXPECT_FALSE(initiator.read(flipped)) << bit;
  }
  ASSERT_TRUE(initiator.read(second));
  EXPECT_TRUE(agree(initiator.keys(), responder.keys()));
}

TEST(Handshake, TakesNoMessageThatIsCutShort) {
  const Key psk(filled(1));
  auto [initiator, responder] = both(psk, psk);
  const Bytes first = *initiator.write(filled(3));
  for (std::size_t size = 0; size < first.size(); ++size) {
    EXPECT_FALSE(responder.read(ByteView(first).first(size))) << size;
  }
}

TEST(Handshake, TakesNoPublicKeyOfLowOrder) {
  // A peer that has the shared key, and cheats: with 0 as its public key, anybody can compute the shared
  // secret. The tag was computed by an independent implementation.
  Bytes cheat(kPublicSize);
  const Bytes tag = from_hex("19ab11ed6188c5b435ad64b2a76a1884");
  cheat.insert(cheat.end(), tag.begin(), tag.end());
  Handshake responder(Side::responder, Key(filled(1)), {});
  ASSERT_TRUE(responder.read(cheat));
  EXPECT_FALSE(responder.write(filled(4)));
}

TEST(Ephemerals, AreTheSameForTheSameSeedAndNeverComeTwice) {
  Ephemerals one(filled(1));
  Ephemerals same(filled(1));
  Ephemerals other(filled(2));
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string key = to_hex(one.next());
    EXPECT_EQ(key, to_hex(same.next()));
    EXPECT_TRUE(seen.insert(key).second);
    EXPECT_TRUE(seen.insert(to_hex(other.next())).second);
  }
}

TEST(Handshake, RewrittenBehindAnotherPrologueIsAsWrittenThere) {
  const Bytes one{1, 2, 3};
  const Bytes two{4, 5};
  Handshake tried(Side::initiator, Key(filled(1)), one);
  tried.write(filled(3)).value();
  Handshake written(Side::initiator, Key(filled(1)), two);
  EXPECT_EQ(tried.rewrite(two), written.write(filled(3)).value());
  Handshake responder(Side::responder, Key(filled(1)), two);
  ASSERT_TRUE(responder.read(tried.rewrite(two)));
  const Bytes answer = responder.write(filled(4)).value();
  ASSERT_TRUE(tried.read(answer));
  EXPECT_TRUE(std::ranges::equal(tried.hash(), responder.hash()));
}

TEST(KeyWalk, GivesThePublicHalfOfEachKey) {
  for (const int seed : {0x00, 0x01, 0x5A, 0xF8}) {
    KeyWalk walk(filled(static_cast<Byte>(seed)));
    for (int i = 0; i < 700; ++i) {
      const KeyWalk::Half half = walk.next();
      if (i < 4 || i % 97 == 0) {
        EXPECT_EQ(to_hex(half), to_hex(public_half(walk.key().key(0)))) << seed << " " << i;
      }
    }
  }
}

TEST(Field, KnowsItsModulus) {
  const auto number = [](Byte first, Byte middle, Byte last) {
    std::array<Byte, 32> bytes = filled(middle);
    bytes.front() = first;
    bytes.back() = last;
    return Field(bytes);
  };
  const Field modulus = number(0xED, 0xFF, 0x7F);
  EXPECT_EQ(modulus.bytes(), Field().bytes());
  EXPECT_EQ((modulus + modulus).bytes(), Field().bytes());
  EXPECT_EQ(number(0xFF, 0xFF, 0xFF).bytes(), Field(37).bytes()) << "2^256 - 1";
  EXPECT_EQ(number(0xEE, 0xFF, 0x7F).bytes(), Field(1).bytes());
  EXPECT_EQ((Field() - Field(1)).bytes(), number(0xEC, 0xFF, 0x7F).bytes());
  EXPECT_EQ((Field(5) - number(0xFF, 0xFF, 0xFF)).bytes(), (Field() - Field(32)).bytes());
  const Field some = number(0x12, 0xC3, 0xFE);
  EXPECT_EQ((some * some.inverse()).bytes(), Field(1).bytes());
  EXPECT_EQ((some - some - some + some).bytes(), Field().bytes());
  EXPECT_EQ(((Field() - Field(1)) * (Field() - Field(1))).bytes(), Field(1).bytes());
}

}  // namespace
}  // namespace serialtcp::secure
