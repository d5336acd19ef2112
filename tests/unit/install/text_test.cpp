// What a console shows as text; encodings; check values; architectures.
#include <gtest/gtest.h>

#include "install/board.h"
#include "install/digests.h"
#include "install/talk.h"
#include "install/transfer.h"
#include "wire/typed_keys.h"

namespace serialtcp::install {
namespace {

using namespace std::chrono_literals;

Bytes bytes(std::string_view text) {
  return {text.begin(), text.end()};
}

TEST(InstallText, KernelMessagesAndColoursAreNotThere) {
  EXPECT_EQ(plain_console_text("\x1b[?2004h\x1b[1m# \x1b[0mls\r\na\r\n"), "# ls\na\n");
  EXPECT_EQ(plain_console_text("<11[   12.345678] usb 1-1: new\r\na>\r\n"), "<11a>\n");
  EXPECT_EQ(plain_console_text("<11a>\r\n[   12.345678] half of a mess"), "<11a>\n");
  EXPECT_EQ(plain_console_text("\x1b]0;title\x07# "), "# ");
}

TEST(InstallText, NamesThatWereAlteredOnTheWayAreNotTypedBack) {
  EXPECT_EQ(listed_names("+0000000\n+0000200\n"), std::vector<std::string>({"0000000", "0000200"}));
  EXPECT_EQ(listed_names("+0\x10"
                         "00400\n+00006\x80"
                         "0\n+00008 00\n;0000a00\n+\n+00fd200\n"),
            std::vector<std::string>({"00fd200"}));
  EXPECT_EQ(listed_names("+*\n"), std::vector<std::string>()) << "there is none";
}

// The values are those of coreutils 9.1, `printf abc | cksum`.
TEST(InstallDigests, AreThoseOfTheTools) {
  EXPECT_EQ(cksum_of(bytes("abc")), "1219131554 3");
  EXPECT_EQ(cksum_of({}), "4294967295 0");
  EXPECT_EQ(md5_of(bytes("abc")), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(md5_of(Bytes(1000, 'a')), "cabe45dcc9ae5b66ba86600cca6b8ba8");
  EXPECT_EQ(sha256_of(bytes("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_of(Bytes(1000, 'a')), "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3");
}

TEST(InstallEncodings, Base64HasLinesAndPadding) {
  EXPECT_EQ(base64_lines(bytes("hi")), "aGk=\n");
  EXPECT_EQ(base64_lines(bytes("f")), "Zg==\n");
  const std::string text = base64_lines(Bytes(100, 'x'));
  EXPECT_EQ(text.find('\n'), 76U);
  EXPECT_TRUE(text.ends_with("eA==\n"));
}

TEST(InstallEncodings, LinesOfPrintfAreShortAndHaveNoPercent) {
  const Bytes content = bytes(std::string("a%'\\\n\0b", 7));
  EXPECT_EQ(printf_lines(content, "printf", 240), " printf 'a%%\\047\\134\\012\\000b'>$f\n");
  EXPECT_EQ(echo_lines(content, 240), " echo -ne 'a\\0045\\0047\\0134\\0012\\0000b'>$f\n");
  const std::string lines = printf_lines(Bytes(1000, 0), "printf", 240);
  std::size_t begin = 0;
  for (std::size_t end = lines.find('\n'); end != std::string::npos; end = lines.find('\n', begin)) {
    EXPECT_LE(end - begin, 240U);
    EXPECT_EQ(lines.substr(begin, end - begin).find(">>$f") != std::string::npos, begin > 0);
    begin = end + 1;
  }
}

TEST(InstallBoard, MachinesHaveTheirPrograms) {
  for (const char* const same : {"x86_64", "aarch64", "riscv64", "s390x"})
    EXPECT_EQ(architecture(same, "", ""), same);
  EXPECT_EQ(architecture("amd64", "", ""), "x86_64");
  EXPECT_EQ(architecture("arm64", "", ""), "aarch64");
  EXPECT_EQ(architecture("i386", "", ""), "i386");
  EXPECT_EQ(architecture("i686", "", ""), "i386");
  EXPECT_EQ(architecture("mips64", "be", ""), "mips")
      << "of which there is a program for 32 bits, which most kernels run";
  EXPECT_EQ(architecture("armv8l", "", "Features : half thumb fastmult vfp edsp neon vfpv3 tls vfpv4"),
            "armhf");
  EXPECT_EQ(architecture("armv6l", "", "Features : half thumb fastmult vfp"), "armel");
  for (const char* const none : {"riscv32", "ppc64le", "armv5teb", "s390", ""})
    EXPECT_EQ(architecture(none, "", ""), "");
  EXPECT_EQ(architecture("i586", "", ""), "i386");
  EXPECT_EQ(architecture("mips", "le", ""), "mipsel");
  EXPECT_EQ(architecture("mips", "be", ""), "mips");
  EXPECT_EQ(architecture("mips", "", ""), "");
  EXPECT_EQ(architecture("armv7l", "", "Features : half thumb vfp vfpv3 neon"), "armhf");
  EXPECT_EQ(architecture("armv7l", "", "Features : half thumb"), "armel");
  EXPECT_EQ(architecture("armv5tejl", "", ""), "armel");
  EXPECT_EQ(architecture("armv7b", "", "vfpv3"), "");
  EXPECT_EQ(architecture("sparc64", "", ""), "");
}

class TypedKeysTest : public testing::Test {
 protected:
  bool typed(std::string_view text, Duration after) { return interrupts_.typed(bytes(text), now_ += after); }

  wire::TypedKeys interrupts_{wire::TypedKeys::kInterrupt};
  Time now_ = Time{} + 10s;
};

TEST_F(TypedKeysTest, ThreeThatAreApartEndIt) {
  EXPECT_FALSE(typed("\x03", 1s));
  EXPECT_FALSE(typed("\x03", 200ms));
  EXPECT_TRUE(typed("\x03", 200ms));
}

TEST_F(TypedKeysTest, DataDoesNot) {
  EXPECT_FALSE(typed("\x03\x03\x03", 1s));
  EXPECT_FALSE(typed("\x03", 1ms));
  EXPECT_FALSE(typed("\x03", 200ms));
  EXPECT_FALSE(typed("\x03", 200ms));
  EXPECT_FALSE(typed("x", 200ms));
  EXPECT_FALSE(typed("\x03", 200ms));
  EXPECT_FALSE(typed("\x03", 20ms));
}

TEST_F(TypedKeysTest, ThreeInALongTimeDoNot) {
  EXPECT_FALSE(typed("\x03", 1s));
  EXPECT_FALSE(typed("\x03", 4s));
  EXPECT_FALSE(typed("\x03", 4s));
}

}  // namespace
}  // namespace serialtcp::install
