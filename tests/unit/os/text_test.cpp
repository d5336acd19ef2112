// Text from elsewhere, made safe for a line of the log.
#include "os/text.h"

#include <gtest/gtest.h>

#include <string>

namespace serialtcp::io {
namespace {

TEST(Printable, LeavesTextAsItIs) {
  for (const char* const text :
       {"", "link ok on /dev/ttyUSB0", "Zoë's Gerät, 設定, \xF0\x9F\x98\x80", "~!@#$%^&*()_+"}) {
    EXPECT_EQ(printable(text), text);
  }
}

TEST(Printable, ReplacesEveryControlCharacterHoweverItIsWritten) {
  for (int code = 0; code < 0xA0; ++code) {
    if (code >= 0x20 && code < 0x7F) continue;
    SCOPED_TRACE(code);
    EXPECT_EQ(printable(std::string("a") + static_cast<char>(code) + "b"), "a?b");  // a byte
    if (code < 0x80) continue;
    const std::string utf8 = {'\xC2', static_cast<char>(code)};
    EXPECT_EQ(printable("a" + utf8 + "b"), "a?b");
  }
  for (const char* const mark :
       {"\u2028", "\u2029", "\u202A", "\u202E", "\u2066", "\u2069", "\u200E", "\u200F", "\u061C"}) {
    EXPECT_EQ(printable(std::string("a") + mark + "b"), "a?b");
  }
}

TEST(Printable, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(printable("a\xFF\xFE"), "a??");
  EXPECT_EQ(printable("a\xC3"), "a?") << "cut off";
  EXPECT_EQ(printable("a\xE2\x82"), "a??") << "cut off";
  EXPECT_EQ(printable("\xC0\x9B"), "??") << "ESC's neighbour, longer than it has to be";
  EXPECT_EQ(printable("\xE0\x82\x9B"), "???") << "C1, longer than it has to be";
  EXPECT_EQ(printable("\xED\xA0\x80"), "???") << "half of a pair";
  EXPECT_EQ(printable("\xF4\x90\x80\x80"), "????") << "beyond the last";
}

}  // namespace
}  // namespace serialtcp::io
