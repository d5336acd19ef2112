// A text that is looked for in what arrives, in any pieces.
#include "console/expected_text.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace serialtcp::console {
namespace {

bool look(ExpectedText& expected, std::string_view text) {
  return expected.look({reinterpret_cast<const Byte*>(text.data()), text.size()});
}

TEST(ConsoleExpectedText, IsFoundWhereverPiecesEnd) {
  ExpectedText expected("login: $");
  for (const char one : std::string_view("board login:")) EXPECT_FALSE(look(expected, {&one, 1}));
  EXPECT_TRUE(look(expected, " "));
}

TEST(ConsoleExpectedText, LinesHaveBeginningsAndEndsAndNulsDoNotCount) {
  ExpectedText expected("^ready (\\d+)$");
  EXPECT_FALSE(look(expected, "not ready 1\r\n"));
  EXPECT_FALSE(look(expected, "READY 1\r\n"));
  EXPECT_TRUE(look(expected, std::string_view("re\0ady 12\r\nmore", 15)));
}

TEST(ConsoleExpectedText, ALongTextIsLookedAtInPartsThatOverlap) {
  ExpectedText expected("needle");
  EXPECT_FALSE(look(expected, std::string(10 * ExpectedText::kWindow, 'x') + "need"));
  EXPECT_TRUE(look(expected, "le" + std::string(3 * ExpectedText::kWindow, 'x')));
}

TEST(ConsoleExpectedText, WhatIsFarBackIsForgotten) {
  ExpectedText expected("begin.*end");
  EXPECT_FALSE(look(expected, "begin"));
  EXPECT_FALSE(look(expected, std::string(2 * ExpectedText::kWindow, 'x')));
  EXPECT_FALSE(look(expected, "end"));
}

}  // namespace
}  // namespace serialtcp::console
