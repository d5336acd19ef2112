// Whatever the text is, the result is a string of JSON.
#include "os/json_text.h"

#include <gtest/gtest.h>

#include <string>

namespace serialtcp::io {
namespace {

using namespace std::string_literals;

TEST(JsonText, LeavesPlainTextAsItIs) {
  EXPECT_EQ(json_string(""), R"("")");
  EXPECT_EQ(json_string("link ok on /dev/ttyUSB0"), R"("link ok on /dev/ttyUSB0")");
  EXPECT_EQ(json_string("Zürich \xe2\x82\xac \xf0\x9f\x90\xa7"), "\"Zürich \xe2\x82\xac \xf0\x9f\x90\xa7\"");
}

TEST(JsonText, EscapesWhatJsonDoesNotAllowInAString) {
  EXPECT_EQ(json_string(R"(a "b" \ c)"), R"("a \"b\" \\ c")");
  EXPECT_EQ(json_string("a\nb\rc\td"), R"("a\nb\rc\td")");
  EXPECT_EQ(json_string("\0\x01\x1f"s), R"("\u0000\u0001\u001f")");
}

TEST(JsonText, EscapesWhatATerminalWouldTakeForMoreThanText) {
  EXPECT_EQ(json_string("\x1b[2J\x7f"), R"("\u001b[2J\u007f")");
  EXPECT_EQ(json_string("\xc2\x9b"), R"("\u009b")") << "C1";
  EXPECT_EQ(json_string("\xe2\x80\xae"), R"("\u202e")") << "right to left";
}

TEST(JsonText, ReplacesEveryByteThatIsNotUtf8) {
  EXPECT_EQ(json_string("a\xff\xc3"), R"("a\ufffd\ufffd")");
  EXPECT_EQ(json_string("\xc0\x80"), R"("\ufffd\ufffd")") << "longer than necessary";
  EXPECT_EQ(json_string("\xed\xa0\x80"), R"("\ufffd\ufffd\ufffd")") << "a surrogate";
  EXPECT_EQ(json_string("\xf4\x90\x80\x80"), R"("\ufffd\ufffd\ufffd\ufffd")") << "above U+10FFFF";
  EXPECT_EQ(json_string("\xe2\x82"), R"("\ufffd\ufffd")") << "cut";
}

TEST(JsonText, OfALongTextHasTheBeginningAndNoHalfCharacterOrEscape) {
  EXPECT_EQ(json_string("abcdef", 5), R"("abc")");
  EXPECT_EQ(json_string("ab\x01", 8), R"("ab")");
  EXPECT_EQ(json_string("ab\x01", 10), R"("ab\u0001")");
  EXPECT_EQ(json_string("ab\xe2\x82\xac", 6), R"("ab")");
  EXPECT_EQ(json_string("ab\xe2\x82\xac", 7), "\"ab\xe2\x82\xac\"");
  for (std::size_t most = 2; most < 60; ++most)
    EXPECT_LE(json_string("\"\\\x02\xff\xe2\x82\xac\"\\\x02\xff\xe2\x82\xac", most).size(), most);
}

}  // namespace
}  // namespace serialtcp::io
