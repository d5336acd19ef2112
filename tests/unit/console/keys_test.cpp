// What is typed: bytes for the port, and commands behind the escape key.
#include "console/keys.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace serialtcp::console {
namespace {

/// "data:x", "key:q".
std::vector<std::string> typed(Keys& keys, std::string_view text) {
  std::vector<std::string> items;
  const ByteView bytes(reinterpret_cast<const Byte*>(text.data()), text.size());
  for (const Keys::Item& item : keys.typed(bytes)) {
    if (const auto* const pressed = std::get_if<Pressed>(&item)) {
      items.push_back(std::string("key:") + pressed->letter);
    } else {
      const Bytes& data = std::get<Bytes>(item);
      items.push_back("data:" + std::string(data.begin(), data.end()));
    }
  }
  return items;
}

using Items = std::vector<std::string>;

TEST(ConsoleKeys, WithoutTheEscapeKeyEverythingIsData) {
  Keys keys(kUsualEscape);
  EXPECT_EQ(typed(keys, "a\x03\x1a\xff q"), Items{"data:a\x03\x1a\xff q"});
}

TEST(ConsoleKeys, TheLetterBehindItIsACommandWhereverPiecesEnd) {
  Keys keys(kUsualEscape);
  EXPECT_EQ(typed(keys, "a\x1dqb"), (Items{"data:a", "key:q", "data:b"}));
  EXPECT_EQ(typed(keys, "c\x1d"), Items{"data:c"});
  EXPECT_EQ(typed(keys, "s"), Items{"key:s"});
  EXPECT_EQ(typed(keys, "s"), Items{"data:s"});
}

TEST(ConsoleKeys, TwiceItIsItself) {
  Keys keys(kUsualEscape);
  EXPECT_EQ(typed(keys,
                  "a\x1d\x1d"
                  "b"),
            Items{"data:a\x1d"
                  "b"});
  EXPECT_EQ(typed(keys, "\x1d\x1d\x1d\x1dq"), Items{"data:\x1d\x1dq"});
  EXPECT_EQ(typed(keys, "\x1d\x1d\x1dq"), (Items{"data:\x1d", "key:q"}));
}

TEST(ConsoleKeys, WithoutOneThereAreNoCommands) {
  Keys keys(std::nullopt);
  EXPECT_EQ(typed(keys, "\x1dq"), Items{"data:\x1dq"});
}

TEST(ConsoleKeys, KeysAsText) {
  for (const auto* const text : {"^]", "ctrl-]", "Ctrl-]", "C-]", "\x1d"})
    EXPECT_EQ(key_from_text(text), 0x1D) << text;
  for (const auto* const text : {"^A", "^a", "ctrl-a"}) EXPECT_EQ(key_from_text(text), 1) << text;
  EXPECT_EQ(key_from_text("~"), '~');
  EXPECT_EQ(key_from_text("^@"), 0);
  for (const auto* const text : {"", "^", "^?", "ctrl-", "ctrl-ab", "ctrl-1", "F1"}) {
    if (std::string_view(text) == "^") {
      EXPECT_EQ(key_from_text(text), '^');
    } else {
      EXPECT_EQ(key_from_text(text), std::nullopt) << text;
    }
  }
  EXPECT_EQ(key_text(kUsualEscape), "Ctrl-]");
  EXPECT_EQ(key_text('~'), "~");
}

}  // namespace
}  // namespace serialtcp::console
