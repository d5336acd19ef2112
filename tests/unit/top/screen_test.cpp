// What is written to a terminal makes it show what is wanted, whatever it has shown before, and is short.
#include "top/screen.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "base/prng.h"
#include "os/utf8.h"
#include "top/rows.h"

namespace serialtcp::top {
namespace {

/// A terminal that knows only what may be written to it.
class Emulator {
 public:
  explicit Emulator(Size size) : size_(size), cells_(size.width * size.height, Seen{U'#', "?"}) {}

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      if (bytes.front() == '\x1b') {
        bytes.remove_prefix(sequence(bytes));
        continue;
      }
      const io::Character character = io::first_character(bytes);
      ASSERT_TRUE(character.code && *character.code >= 0x20);
      ASSERT_LT(x_, size_.width);
      ASSERT_LT(y_, size_.height);
      cells_[y_ * size_.width + x_++] = {static_cast<char32_t>(*character.code), style_};
      bytes.remove_prefix(character.size);
    }
  }

  struct Seen {
    char32_t character = U' ';
    std::string style = "0";
    bool operator==(const Seen&) const = default;
  };
  const Seen& at(std::size_t x, std::size_t y) const { return cells_[y * size_.width + x]; }

 private:
  std::size_t sequence(std::string_view bytes) {
    const std::size_t end = bytes.find_first_of("HJKm");
    EXPECT_EQ(bytes.substr(0, 2), "\x1b[");
    const std::string parameters(bytes.substr(2, end - 2));
    switch (bytes.at(end)) {
      case 'H':
        y_ = std::stoul(parameters) - 1;
        x_ = std::stoul(parameters.substr(parameters.find(';') + 1)) - 1;
        break;
      case 'J':
        EXPECT_EQ(parameters, "2");
        cells_.assign(cells_.size(), Seen{});
        break;
      case 'K':
        EXPECT_EQ(parameters, "");
        for (std::size_t x = x_; x < size_.width; ++x) cells_[y_ * size_.width + x] = Seen{U' ', style_};
        break;
      default:
        style_ = parameters;
    }
    return end + 1;
  }

  Size size_;
  std::size_t x_ = 0, y_ = 0;
  std::string style_ = "0";
  std::vector<Seen> cells_;
};

std::string style_number(Style style) {
  switch (style) {
    case Style::plain:
      return "0";
    case Style::strong:
      return "0;1";
    case Style::title:
      return "0;1;36";
    case Style::selected:
      return "0;7";
    case Style::good:
      return "0;32";
    case Style::warning:
      return "0;33";
    case Style::bad:
      return "0;1;31";
  }
  std::abort();
}

void expect_shown(const Emulator& terminal, const Screen& screen) {
  for (std::size_t y = 0; y < screen.size().height; ++y) {
    for (std::size_t x = 0; x < screen.size().width; ++x) {
      const Cell& wanted = screen.at(x, y);
      ASSERT_EQ(terminal.at(x, y), (Emulator::Seen{wanted.character, style_number(wanted.style)}))
          << x << "," << y;
    }
  }
}

TEST(TopScreen, ADifferenceMakesAnyScreenOfAnyOther) {
  base::Prng random(7);
  const Size size{23, 4};
  Emulator terminal(size);
  Screen shown(size);
  terminal.write(whole(shown, Palette::coloured));
  expect_shown(terminal, shown);
  for (int round = 0; round < 2000; ++round) {
    Screen wanted = round % 3 == 0 ? Screen(size) : shown;
    for (std::uint64_t i = random.below(6); i > 0; --i) {
      const std::string text = random.below(3) == 0 ? "      " : "a\xc3\xa4 b\xd0\xb6  c";
      wanted.put(random.below(size.width), random.below(size.height), text,
                 static_cast<Style>(random.below(7)));
    }
    if (random.below(5) == 0) wanted.paint(random.below(size.height), static_cast<Style>(random.below(7)));
    terminal.write(difference(shown, wanted, Palette::coloured));
    expect_shown(terminal, wanted);
    shown = wanted;
  }
}

TEST(TopScreen, OnlyWhatChangedIsWritten) {
  Screen shown({80, 24}), wanted({80, 24});
  for (std::size_t y = 0; y < 24; ++y) shown.put(0, y, std::string(80, 'x'));
  wanted = shown;
  EXPECT_EQ(difference(shown, wanted, Palette::coloured), "");
  wanted.put(40, 3, "y");
  EXPECT_EQ(difference(shown, wanted, Palette::coloured), "\x1b[4;41Hy");
  wanted.put(43, 3, "z");  // nearer than a sequence is long
  EXPECT_EQ(difference(shown, wanted, Palette::coloured), "\x1b[4;41Hyxxz");
  wanted = shown;
  wanted.put(10, 5, std::string(70, ' '));
  EXPECT_EQ(difference(shown, wanted, Palette::coloured), "\x1b[6;11H\x1b[K");
}

TEST(TopScreen, AnotherSizeIsDrawnAnew) {
  EXPECT_EQ(difference(Screen({10, 2}), Screen({11, 2}), Palette::monochrome), "\x1b[0m\x1b[2J");
}

TEST(TopScreen, WithoutColoursThereAreNone) {
  Screen wanted({20, 7});
  for (std::size_t y = 0; y < 7; ++y) wanted.put(0, y, "text", static_cast<Style>(y));
  EXPECT_EQ(whole(wanted, Palette::monochrome).find(";3"), std::string::npos);
  EXPECT_NE(whole(wanted, Palette::coloured).find(";3"), std::string::npos);
}

TEST(TopScreen, TextOfOthersBecomesOneCellForEachCharacter) {
  EXPECT_EQ(fitting("a\x1b[2Jb", 20, Letters::utf8), "a?[2Jb");
  EXPECT_EQ(fitting("gr\xc3\xbc\xc3\x9f \xd0\x96", 20, Letters::utf8), "gr\xc3\xbc\xc3\x9f \xd0\x96");
  EXPECT_EQ(fitting("gr\xc3\xbc\xc3\x9f", 20, Letters::ascii), "gr??");
  EXPECT_EQ(fitting("\xe6\xbc\xa2"
                    "e\xcc\x81\xff\xc2\x9b\xe2\x80\xae\xc2\xad",
                    20, Letters::utf8),
            "?e?????");
  EXPECT_EQ(fitting("abcdef", 6, Letters::utf8), "abcdef");
  EXPECT_EQ(fitting("abcdefg", 6, Letters::utf8), "abcde~");
  EXPECT_EQ(fitting("\xc3\xbc\xc3\xbc\xc3\xbc", 2, Letters::utf8), "\xc3\xbc~");
  EXPECT_EQ(fitting("ab", 1, Letters::utf8), "~");
  EXPECT_EQ(fitting("ab", 0, Letters::utf8), "");
  EXPECT_EQ(width_of(fitting(hostile_text(), 50, Letters::utf8)), 50U);
}

TEST(TopScreen, PutEndsAtTheEdge) {
  Screen screen({5, 2});
  EXPECT_EQ(screen.put(3, 0, "abc"), 5U);
  EXPECT_EQ(screen.put(9, 0, "abc"), 9U);
  screen.put(0, 7, "below");
  screen.put(0, 1, hostile_text());
  EXPECT_EQ(screen.line(0), "   ab");
  EXPECT_EQ(screen.line(1), "?[2J?");
}

}  // namespace
}  // namespace serialtcp::top
