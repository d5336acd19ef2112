#include "wire/terminal.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace serialtcp::wire {

namespace {

constexpr std::string_view kLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kSessionBytes = 8;

// Control characters that move a cursor or ring a bell, or nothing.
constexpr std::string_view kHarmlessControls("\x00\x01\x02\x05\x06\x07", 6);
constexpr std::string_view kShell = ";|&$`()<>!";
// With the eighth bit ignored: Ctrl-C, Ctrl-D, LF, CR, Ctrl-O, Ctrl-S. As Meta in bash: shell-expand-line,
// insert-comment, beginning-of-history, history-expand-line.
constexpr std::string_view kHigh = "\x83\x84\x8A\x8D\x8F\x93\x85\xA3\xBC\xDE";

constexpr std::array<bool, 256> table() {
  std::array<bool, 256> acts{};
  for (std::size_t i = 0; i < 0x20; ++i) acts[i] = true;
  acts[0x7F] = true;
  for (const char c : kHarmlessControls) acts[static_cast<unsigned char>(c)] = false;
  for (const char c : kShell) acts[static_cast<unsigned char>(c)] = true;
  for (const char c : kHigh) acts[static_cast<unsigned char>(c)] = true;
  return acts;
}

constexpr std::array<bool, 256> kActs = table();

}  // namespace

bool acts_on_terminal(Byte byte) {
  return kActs[byte];
}

bool is_harmless(ByteView bytes) {
  return std::ranges::none_of(bytes, acts_on_terminal);
}

SessionId printable_session(base::Prng& random) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < kSessionBytes; ++i) {
    value = value << 8 | static_cast<unsigned char>(kLetters[random.below(kLetters.size())]);
  }
  return SessionId{value};
}

SessionId low_session(base::Prng& random) {
  constexpr unsigned kLowBits = 8 * (kSessionBytes - 2);
  constexpr std::uint64_t kLowest = 0x3030;  // "00"
  const std::uint64_t drawn = printable_session(random).value;
  return SessionId{kLowest << kLowBits | (drawn & ((std::uint64_t{1} << kLowBits) - 1))};
}

std::string text_of(SessionId session) {
  std::string text;
  for (std::size_t i = 0; i < kSessionBytes; ++i) {
    text += static_cast<char>(session.value >> 8 * i & 0xFF);
  }
  return text;
}

}  // namespace serialtcp::wire
