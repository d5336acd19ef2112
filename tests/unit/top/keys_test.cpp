// Keys of terminals, in any pieces, and everything else that a terminal may send.
#include "top/keys.h"

#include <gtest/gtest.h>

#include "base/prng.h"

namespace serialtcp::top {
namespace {

using K = KeyPress::Key;

std::vector<K> kinds(const std::vector<KeyPress>& keys) {
  std::vector<K> result;
  for (const KeyPress& key : keys) result.push_back(key.key);
  return result;
}

TEST(TopKeys, SequencesOfTheUsualTerminals) {
  KeyReader reader;
  EXPECT_EQ(
      kinds(reader.feed("\x1b[A\x1bOB\x1b[C\x1bOD\x1b[5~\x1b[6~\x1b[H\x1bOF\x1b[1~\x1b[4~\x1b[7~\x1b[8~")),
      (std::vector{K::up, K::down, K::right, K::left, K::page_up, K::page_down, K::home, K::end, K::home,
                   K::end, K::home, K::end}));
  EXPECT_EQ(kinds(reader.feed("\t\r\n\x7f\b\x15\x0c\x1bOM")),
            (std::vector{K::tab, K::enter, K::enter, K::backspace, K::backspace, K::erase_line, K::redraw,
                         K::enter}));
  EXPECT_FALSE(reader.is_waiting());
}

TEST(TopKeys, LettersAreOneCharacterEach) {
  KeyReader reader;
  EXPECT_EQ(reader.feed("q\xc3"), (std::vector<KeyPress>{{K::letter, "q"}}));
  EXPECT_TRUE(reader.is_waiting());
  EXPECT_EQ(reader.feed("\xbc/"), (std::vector<KeyPress>{{K::letter, "\xc3\xbc"}, {K::letter, "/"}}));
}

TEST(TopKeys, EscapeAloneIsKnownWhenNothingFollows) {
  KeyReader reader;
  EXPECT_TRUE(reader.feed("\x1b").empty());
  EXPECT_EQ(kinds(reader.give_up()), std::vector{K::escape});
  EXPECT_TRUE(reader.feed("\x1b[").empty());
  EXPECT_TRUE(reader.give_up().empty());
  EXPECT_FALSE(reader.is_waiting());
  EXPECT_EQ(kinds(reader.feed("\x1bx")), (std::vector{K::escape, K::letter}));
  EXPECT_TRUE(reader.feed("\x1b").empty());
  EXPECT_EQ(kinds(reader.feed("[A")), std::vector{K::up});
}

TEST(TopKeys, WhatIsNoKeyIsSkipped) {
  KeyReader reader;
  // Focus, a report of the terminal, a function key, the beginning of a mouse report, an unknown control, no UTF-8.
  EXPECT_EQ(kinds(reader.feed("\x1b[I\x1b[?62;4c\x1b[15~\x1b[M\x01\xff\xfeq")), std::vector{K::letter});
  EXPECT_EQ(kinds(reader.feed("\x1b[12\nq")), (std::vector{K::enter, K::letter}));
  const std::string endless = "\x1b[" + std::string(1000, '1');
  reader.feed(endless);
  EXPECT_EQ(kinds(reader.feed("~")).size(), 1U);
  EXPECT_FALSE(reader.is_waiting());
}

TEST(TopKeys, AnyBytesInAnyPiecesAreReadToTheirEnd) {
  base::Prng random(3);
  KeyReader reader;
  for (int i = 0; i < 20000; ++i) {
    std::string bytes;
    for (std::uint64_t n = random.below(5); n > 0; --n)
      bytes += random.below(3) == 0 ? "\x1b[O;~A"[random.below(6)] : static_cast<char>(random.below(256));
    for (const KeyPress& key : reader.feed(bytes)) {
      EXPECT_EQ(key.key == K::letter, !key.text.empty());
    }
    if (random.below(10) == 0) {
      reader.give_up();
      EXPECT_FALSE(reader.is_waiting());
    }
  }
}

}  // namespace
}  // namespace serialtcp::top
