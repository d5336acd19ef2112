// Both ends' keys of a link, and their renewal.
#include "secure/link_keys.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <array>

namespace serialtcp::secure {
namespace {

std::array<Byte, 32> filled(Byte byte) {
  std::array<Byte, 32> key{};
  key.fill(byte);
  return key;
}

struct Ends {
  LinkKeys a{filled(1), filled(2)};
  LinkKeys b{filled(2), filled(1)};
};

bool crosses(LinkKeys& from, LinkKeys& to, std::uint64_t number) {
  Sealer sealer = from.seal(number, {});
  const Tag tag = sealer.finish(0x7E);
  return to.open({number, {}, {}, 0x7E, tag}, nullptr);
}

TEST(LinkKeys, SealForTheOtherEndAndForNobodyElse) {
  Ends ends;
  EXPECT_TRUE(crosses(ends.a, ends.b, 1));
  EXPECT_TRUE(crosses(ends.b, ends.a, 1));
  EXPECT_FALSE(crosses(ends.a, ends.a, 2)) << "an echo";
}

TEST(LinkKeys, AreRenewedWithoutAWordToTheOtherEnd) {
  Ends ends;
  for (std::uint64_t number = 1; number <= 50; ++number) {
    if (number % 5 == 0) ends.a.renew();
    EXPECT_TRUE(crosses(ends.a, ends.b, number)) << number;
    EXPECT_TRUE(crosses(ends.b, ends.a, number)) << number;
  }
  EXPECT_EQ(ends.a.send_epoch(), 10U);
  EXPECT_EQ(ends.b.receive_epoch(), 10U);
  EXPECT_EQ(ends.b.send_epoch(), 0U);
}

TEST(LinkKeys, FollowOneRenewalAtATime) {
  Ends ends;
  ends.a.renew();
  ends.a.renew();
  EXPECT_FALSE(crosses(ends.a, ends.b, 1));
}

TEST(LinkKeys, DoNotGoBack) {
  Ends ends;
  Sealer old = ends.a.seal(1, {});
  const Tag tag = old.finish(0x7E);
  ends.a.renew();
  ASSERT_TRUE(crosses(ends.a, ends.b, 2));
  EXPECT_FALSE(ends.b.open({1, {}, {}, 0x7E, tag}, nullptr));
}

TEST(LinkKeys, AreRenewedAsNoiseSays) {
  // REKEY: the first 32 bytes of what the cipher makes of 32 zeros with the nonce 2^64 - 1.
  const auto key = filled(7);
  const std::array<Byte, 12> nonce = {0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255};
  const std::array<Byte, 32> zeros{};
  std::array<Byte, 32 + kTagSize> made{};
  crypto_aead_chacha20poly1305_ietf_encrypt(made.data(), nullptr, zeros.data(), zeros.size(), nullptr, 0,
                                            nullptr, nonce.data(), key.data());
  LinkKeys renewed(key, filled(8));
  renewed.renew();
  LinkKeys other(filled(8), KeyView(made.data(), 32));
  EXPECT_TRUE(crosses(renewed, other, 1));
  EXPECT_EQ(other.receive_epoch(), 0U);
}

TEST(LinkKeysDeathTest, NeverSealTwoFramesWithOneNumber) {
  Ends ends;
  static_cast<void>(ends.a.seal(7, {}));
  EXPECT_DEATH(static_cast<void>(ends.a.seal(7, {})), "least_unused_");
  EXPECT_DEATH(static_cast<void>(ends.a.seal(6, {})), "least_unused_");
}

}  // namespace
}  // namespace serialtcp::secure
