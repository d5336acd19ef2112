// MD5 against the test suite of RFC 1321 appendix A.5, and lengths around the size of a block.
#include "ppp/md5.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "hex.h"

namespace serialtcp::ppp {
namespace {

std::string md5_text(std::string_view text) {
  return serialtcp::test::to_hex(md5(Bytes(text.begin(), text.end())));
}

TEST(PppMd5, IsThatOfTheRfc) {
  EXPECT_EQ(md5_text(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(md5_text("a"), "0cc175b9c0f1b6a831c399e269772661");
  EXPECT_EQ(md5_text("abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(md5_text("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(md5_text("abcdefghijklmnopqrstuvwxyz"), "c3fcd3d76192e4007dfb496cca67e13b");
  EXPECT_EQ(md5_text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
            "d174ab98d277d9f5a5611c2c9f419d9f");
  EXPECT_EQ(md5_text("12345678901234567890123456789012345678901234567890123456789012345678901234567890"),
            "57edf4a22be3c955ac49da2e2107b67a");
}

// Digests of 55, 56, 63, 64, 65, 119, 120 and 1000 times "x", by md5sum(1).
TEST(PppMd5, IsRightAroundBlocks) {
  const std::pair<std::size_t, const char*> cases[] = {
      {55, "04364420e25c512fd958a70738aa8f72"},  {56, "668a72d5ba17f08e62dabcafad6db14b"},
      {63, "7dc2ca208106a2f703567bdff99d8981"},  {64, "c1bb4f81d892b2d57947682aeb252456"},
      {65, "1bc932052302d074bdec39795fe00cf6"},  {119, "ab347a5f68c8a443cfcddc633f12c24f"},
      {120, "fb98667f98096de92620b64f46e1c5b5"}, {1000, "398533d48111e9f664b1f64cb10c4b63"},
  };
  for (const auto& [size, digest] : cases) EXPECT_EQ(md5_text(std::string(size, 'x')), digest) << size;
}

}  // namespace
}  // namespace serialtcp::ppp
