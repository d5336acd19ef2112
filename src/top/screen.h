// Screen: the characters of a terminal, and what must be written to a terminal that shows one to make it show another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace serialtcp::top {

enum class Style : std::uint8_t { plain, strong, title, selected, good, warning, bad };

/// Whether texts of others may have more than ASCII, and styles more than bold and inverse.
enum class Letters : std::uint8_t { ascii, utf8 };
enum class Palette : std::uint8_t { monochrome, coloured };

struct Size {
  std::size_t width = 80;
  std::size_t height = 24;

  bool operator==(const Size&) const = default;
};
/// A larger terminal is used in part.
inline constexpr Size kMaxSize{500, 300};

struct Cell {
  char32_t character = U' ';
  Style style = Style::plain;

  bool operator==(const Cell&) const = default;
};

class Screen {
 public:
  explicit Screen(Size size) : size_(size), cells_(size.width * size.height) {}

  Size size() const { return size_; }
  const Cell& at(std::size_t x, std::size_t y) const { return cells_[y * size_.width + x]; }

  /// Text from anywhere: it ends at the edge, and what could be more than one cell wide, or more than text, is shown as
  /// '?'. Returns where it ends.
  std::size_t put(std::size_t x, std::size_t y, std::string_view text, Style style = Style::plain);
  /// Gives a whole line this style.
  void paint(std::size_t y, Style style);
  /// A line as UTF-8 without blanks at its end.
  std::string line(std::size_t y) const;

 private:
  Size size_;
  std::vector<Cell> cells_;
};

/// Text that is one cell wide for each character: others are replaced by '?'. At most `most` characters; the last one is
/// '~' if there are more.
std::string fitting(std::string_view text, std::size_t most, Letters letters);
std::size_t width_of(std::string_view fitting_text);

/// The bytes that make a terminal that shows `shown` show `wanted`; none if they are equal. Of different sizes, it is
/// cleared first.
std::string difference(const Screen& shown, const Screen& wanted, Palette palette);
/// The same for a terminal that may show anything.
std::string whole(const Screen& wanted, Palette palette);

}  // namespace serialtcp::top
