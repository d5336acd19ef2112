#include "top/screen.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "os/utf8.h"

namespace serialtcp::top {

namespace {

constexpr char32_t kReplacement = U'?';
constexpr char kCut = '~';
/// Cells that have not changed are written again rather than skipped by a sequence, which is longer.
constexpr std::size_t kShortGap = 4;

/// Alphabets whose letters take one cell on every terminal: Latin, Greek, Cyrillic. The width of many others depends on
/// the terminal and its font.
bool is_one_cell(std::uint32_t code) {
  if (code < 0x7F) return code >= 0x20;
  if (code == 0xAD) return false;  // the soft hyphen
  return (code >= 0xA1 && code <= 0x24F) || (code >= 0x386 && code <= 0x3FF) ||
         (code >= 0x400 && code <= 0x481) || (code >= 0x48A && code <= 0x52F);
}

void append_utf8(std::string& text, char32_t character) {
  const auto code = static_cast<std::uint32_t>(character);
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else {  // is_one_cell() allows nothing above U+07FF
    text += static_cast<char>(0xC0U | (code >> 6U));
    text += static_cast<char>(0x80U | (code & 0x3FU));
  }
}

std::string_view sequence(Style style, Palette palette) {
  const bool coloured = palette == Palette::coloured;
  switch (style) {
    case Style::plain:
      return "\x1b[0m";
    case Style::strong:
      return "\x1b[0;1m";
    case Style::title:
      return coloured ? "\x1b[0;1;36m" : "\x1b[0;1;4m";
    case Style::selected:
      return "\x1b[0;7m";
    case Style::good:
      return coloured ? "\x1b[0;32m" : "\x1b[0m";
    case Style::warning:
      return coloured ? "\x1b[0;33m" : "\x1b[0;1m";
    case Style::bad:
      return coloured ? "\x1b[0;1;31m" : "\x1b[0;1m";
  }
  return "";
}

/// Writes cells to a terminal whose cursor and style are known, or not known yet.
class Writer {
 public:
  Writer(const Screen& wanted, Palette palette) : wanted_(wanted), palette_(palette) {}

  /// The cells of a line from x to `end`.
  void write(std::size_t x, std::size_t end, std::size_t y) {
    move(x, y);
    for (; x < end; ++x) {
      const Cell& cell = wanted_.at(x, y);
      use(cell.style);
      append_utf8(text_, cell.character);
    }
    x_ = x;
    if (x == wanted_.size().width) known_ = false;  // terminals differ
  }
  void erase_rest(std::size_t x, std::size_t y) {
    move(x, y);
    use(Style::plain);
    text_ += "\x1b[K";
  }
  /// Where the cursor is in this line; nothing if it is in another one.
  std::optional<std::size_t> in_line(std::size_t y) const {
    return known_ && y_ == y ? std::optional(x_) : std::nullopt;
  }
  std::string take() {
    if (!text_.empty()) use(Style::plain);
    return std::move(text_);
  }

 private:
  void move(std::size_t x, std::size_t y) {
    if (known_ && x_ == x && y_ == y) return;
    fmt::format_to(std::back_inserter(text_), "\x1b[{};{}H", y + 1, x + 1);
    x_ = x;
    y_ = y;
    known_ = true;
  }
  void use(Style style) {
    if (style_ == style) return;
    text_ += sequence(style, palette_);
    style_ = style;
  }

  const Screen& wanted_;
  Palette palette_;
  std::string text_;
  bool known_ = false;  ///< x_ and y_ are where the cursor is
  std::size_t x_ = 0, y_ = 0;
  std::optional<Style> style_ = Style::plain;  ///< take() leaves it so
};

/// Where a line ends with blanks.
std::size_t blank_from(const Screen& screen, std::size_t y) {
  std::size_t end = screen.size().width;
  while (end > 0 && screen.at(end - 1, y) == Cell{}) --end;
  return end;
}

void write_line(Writer& writer, const Screen& shown, const Screen& wanted, std::size_t y) {
  const std::size_t width = wanted.size().width;
  const std::size_t blank = blank_from(wanted, y);
  // A few blanks are shorter than the sequence that erases.
  const bool erase = blank_from(shown, y) > blank + kShortGap;
  const std::size_t end = erase ? blank : width;
  for (std::size_t x = 0; x < end; ++x) {
    if (shown.at(x, y) == wanted.at(x, y)) continue;
    std::size_t changed = x + 1;
    while (changed < end && shown.at(changed, y) != wanted.at(changed, y)) ++changed;
    const auto cursor = writer.in_line(y);
    const bool near = cursor && *cursor <= x && x - *cursor <= kShortGap;
    writer.write(near ? *cursor : x, changed, y);
    x = changed;
  }
  if (erase) writer.erase_rest(blank, y);
}

}  // namespace

std::size_t Screen::put(std::size_t x, std::size_t y, std::string_view text, Style style) {
  if (y >= size_.height) return x;
  for (; !text.empty() && x < size_.width; ++x) {
    const io::Character character = io::first_character(text);
    text.remove_prefix(character.size);
    const bool shown = character.code && is_one_cell(*character.code);
    cells_[y * size_.width + x] = {shown ? static_cast<char32_t>(*character.code) : kReplacement, style};
  }
  return x;
}

void Screen::paint(std::size_t y, Style style) {
  for (std::size_t x = 0; y < size_.height && x < size_.width; ++x) cells_[y * size_.width + x].style = style;
}

std::string Screen::line(std::size_t y) const {
  std::size_t end = size_.width;
  while (end > 0 && at(end - 1, y).character == U' ') --end;
  std::string text;
  for (std::size_t x = 0; x < end; ++x) append_utf8(text, at(x, y).character);
  return text;
}

std::string fitting(std::string_view text, std::size_t most, Letters letters) {
  std::string result;
  std::size_t before_last = 0;  // where the last character begins
  for (std::size_t width = 0; !text.empty(); ++width) {
    if (width == most) {
      result.resize(before_last);
      if (most > 0) result += kCut;
      break;
    }
    before_last = result.size();
    const io::Character character = io::first_character(text);
    const bool kept = character.code && is_one_cell(*character.code) &&
                      (letters == Letters::utf8 || *character.code < 0x80);
    append_utf8(result, kept ? static_cast<char32_t>(*character.code) : kReplacement);
    text.remove_prefix(character.size);
  }
  return result;
}

std::size_t width_of(std::string_view fitting_text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      fitting_text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
}

std::string difference(const Screen& shown, const Screen& wanted, Palette palette) {
  if (shown.size() != wanted.size()) return whole(wanted, palette);
  Writer writer(wanted, palette);
  for (std::size_t y = 0; y < wanted.size().height; ++y) write_line(writer, shown, wanted, y);
  return writer.take();
}

std::string whole(const Screen& wanted, Palette palette) {
  return "\x1b[0m\x1b[2J" + difference(Screen(wanted.size()), wanted, palette);
}

}  // namespace serialtcp::top
