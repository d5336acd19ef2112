// KeyReader: the bytes that a terminal sends, as keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace serialtcp::top {

struct KeyPress {
  enum class Key : std::uint8_t {
    letter,  ///< `text`, one character of UTF-8
    up,
    down,
    left,
    right,
    page_up,
    page_down,
    home,
    end,
    tab,
    enter,
    escape,
    backspace,
    erase_line,
    redraw,
  };
  Key key = Key::letter;
  std::string text = {};

  bool operator==(const KeyPress&) const = default;
};

class KeyReader {
 public:
  /// Longer sequences are no keys.
  static constexpr std::size_t kMaxSequence = 32;

  /// The keys that are complete. What is none is skipped.
  std::vector<KeyPress> feed(std::string_view bytes);
  /// Whether the beginning of a sequence is there; it may also be the key Escape alone.
  bool is_waiting() const { return !pending_.empty(); }
  /// Nothing has followed it for a while.
  std::vector<KeyPress> give_up();

 private:
  std::string pending_;
};

}  // namespace serialtcp::top
