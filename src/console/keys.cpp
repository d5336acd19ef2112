#include "console/keys.h"

#include <fmt/format.h>

#include <cctype>

namespace serialtcp::console {

namespace {

constexpr Byte kControlBits = 0x1F;

/// @ A ... Z [ \ ] ^ _ are those that Ctrl makes a control character of.
std::optional<Byte> control_of(char letter) {
  const int upper = std::toupper(static_cast<unsigned char>(letter));
  if (upper < '@' || upper > '_') return std::nullopt;
  return static_cast<Byte>(upper & kControlBits);
}

}  // namespace

std::vector<Keys::Item> Keys::typed(ByteView bytes) {
  std::vector<Item> items;
  const auto add = [&items](Byte byte) {
    if (items.empty() || !std::holds_alternative<Bytes>(items.back())) items.emplace_back(Bytes());
    std::get<Bytes>(items.back()).push_back(byte);
  };
  for (const Byte byte : bytes) {
    if (!pressed_ && byte == escape_) {
      pressed_ = true;
    } else if (pressed_ && byte != escape_) {
      pressed_ = false;
      items.emplace_back(Pressed{static_cast<char>(byte)});
    } else {
      pressed_ = false;
      add(byte);
    }
  }
  return items;
}

std::optional<Byte> key_from_text(std::string_view text) {
  if (text.size() == 1) return static_cast<Byte>(text[0]);
  if (text.size() == 2 && text[0] == '^') return control_of(text[1]);
  for (const std::string_view begin : {"ctrl-", "Ctrl-", "CTRL-", "C-"}) {
    if (text.size() == begin.size() + 1 && text.starts_with(begin)) return control_of(text.back());
  }
  return std::nullopt;
}

std::string key_text(Byte key) {
  if (key <= kControlBits) return fmt::format("Ctrl-{}", static_cast<char>(key + '@'));
  return {static_cast<char>(key)};
}

}  // namespace serialtcp::console
