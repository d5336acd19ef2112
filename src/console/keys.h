// Keys: what the user has typed, split into bytes for the port and commands of the console. A command is the escape key
// and a letter; the escape key twice is that byte itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "serialtcp/bytes.h"

namespace serialtcp::console {

/// The letter behind the escape key.
struct Pressed {
  char letter = 0;

  bool operator==(const Pressed&) const = default;
};

class Keys {
 public:
  using Item = std::variant<Bytes, Pressed>;

  /// Without an escape key, everything is for the port.
  explicit Keys(std::optional<Byte> escape) : escape_(escape) {}

  /// In the order in which they were typed. The letter may come with the next call.
  std::vector<Item> typed(ByteView bytes);

 private:
  std::optional<Byte> escape_;
  bool pressed_ = false;  ///< the escape key, and no letter yet
};

/// The usual one: Ctrl-].
inline constexpr Byte kUsualEscape = 0x1D;

/// "^]", "^A", "ctrl-a", or one character; empty for anything else.
std::optional<Byte> key_from_text(std::string_view text);
/// "Ctrl-]", "~".
std::string key_text(Byte key);

}  // namespace serialtcp::console
