// Key: the secret that both ends of a sealed link have, and its text form in a file.
//
// A Key is a value; copies share the one place in memory where the bytes are, which is kept out of swap and
// of core dumps where the system allows that, and wiped when the last copy goes. It does not know files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "serialtcp/bytes.h"

namespace serialtcp {

class Key {
 public:
  static constexpr std::size_t kSize = 32;

  /// Copies the bytes; the caller wipes its own.
  explicit Key(std::span<const Byte, kSize> bytes);

  std::span<const Byte, kSize> bytes() const { return std::span<const Byte, kSize>(memory_.get(), kSize); }

 private:
  std::shared_ptr<const Byte> memory_;
};

enum class KeyError : std::uint8_t {
  empty,      ///< nothing but blanks
  too_short,  ///< begins as a key does, and ends early
  too_long,   ///< begins with a key, and goes on
  not_a_key,  ///< anything else
};

/// Longer text is no key, whatever is in it.
inline constexpr std::size_t kMaxKeyText = 128;

/// "serialtcp-key-1:" and 64 hexadecimal digits on one line; blanks around it and a last end of line do not
/// matter.
std::expected<Key, KeyError> parse_key(std::string_view text);

/// The text form with its end of line; wipe() it after use.
std::string format_key(const Key& key);

/// Overwrites what was secret, in a way that no compiler leaves out.
void wipe(MutableByteView bytes);
void wipe(std::string& text);

}  // namespace serialtcp
