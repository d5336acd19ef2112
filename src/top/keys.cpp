#include "top/keys.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "os/utf8.h"

namespace serialtcp::top {

namespace {

using K = KeyPress::Key;

constexpr char kEscape = '\x1b';

struct Named {
  std::string_view sequence;  ///< after ESC, with 'O' as '['
  K key;
};
/// Of xterm, rxvt, screen and the Linux console.
constexpr Named kSequences[] = {
    {"[A", K::up},    {"[B", K::down},     {"[C", K::right},      {"[D", K::left}, {"[H", K::home},
    {"[F", K::end},   {"[1~", K::home},    {"[7~", K::home},      {"[4~", K::end}, {"[8~", K::end},
    {"[M", K::enter}, {"[5~", K::page_up}, {"[6~", K::page_down},
};

/// What stands at the beginning of the input.
struct Found {
  std::size_t size = 0;  ///< 0: it is not complete
  std::optional<KeyPress> key = {};
};

Found sequence(std::string_view input) {
  if (input.size() < 2) return {};
  const char second = input[1];
  if (second != '[' && second != 'O') return {1, KeyPress{K::escape}};
  const std::size_t most = std::min(input.size(), KeyReader::kMaxSequence);
  for (std::size_t i = 2; i < most; ++i) {
    const char c = input[i];
    if (c >= '@' && c <= '~') {
      const std::string normal = "[" + std::string(input.substr(2, i - 1));
      const auto* const named = std::ranges::find(kSequences, std::string_view(normal), &Named::sequence);
      if (named == std::end(kSequences)) return {i + 1};
      if (named->key == K::enter && second != 'O') return {i + 1};  // ESC [ M is a mouse
      return {i + 1, KeyPress{named->key}};
    }
    if (c < ' ' || c > '~') return {i};  // it breaks off
  }
  return {input.size() >= KeyReader::kMaxSequence ? input.size() : 0};
}

Found control(char c) {
  switch (c) {
    case '\r':
    case '\n':
      return {1, KeyPress{K::enter}};
    case '\t':
      return {1, KeyPress{K::tab}};
    case '\x7f':
    case '\b':
      return {1, KeyPress{K::backspace}};
    case '\x15':
      return {1, KeyPress{K::erase_line}};
    case '\x0c':
      return {1, KeyPress{K::redraw}};
    default:
      return {1};
  }
}

Found letter(std::string_view input) {
  const io::Character character = io::first_character(input);
  if (character.code) {
    if (io::is_control(*character.code)) return {character.size};
    return {character.size, KeyPress{K::letter, std::string(input.substr(0, character.size))}};
  }
  const auto first = static_cast<unsigned char>(input.front());
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 1;
  const bool continued = std::ranges::all_of(
      input.substr(1), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; });
  if (first < 0xF5 && input.size() < size && continued) return {};
  return {1};
}

Found first(std::string_view input) {
  const char c = input.front();
  if (c == kEscape) return sequence(input);
  if ((c >= 0 && c < ' ') || c == '\x7f') return control(c);
  return letter(input);
}

}  // namespace

std::vector<KeyPress> KeyReader::feed(std::string_view bytes) {
  pending_ += bytes;
  std::vector<KeyPress> keys;
  std::string_view rest = pending_;
  while (!rest.empty()) {
    Found found = first(rest);
    if (found.size == 0) break;
    if (found.key) keys.push_back(std::move(*found.key));
    rest.remove_prefix(found.size);
  }
  pending_ = std::string(rest);
  return keys;
}

std::vector<KeyPress> KeyReader::give_up() {
  const std::string was = std::exchange(pending_, {});
  if (was == std::string(1, kEscape)) return {{K::escape}};
  return {};
}

}  // namespace serialtcp::top
