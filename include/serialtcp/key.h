// Key: the secret that both ends of a sealed link have, and its text form in a file.
//
// A Key is a value. Copies share one place in memory with the bytes, which is excluded from swap and core
// dumps where the system permits it, and wiped when the last copy is destroyed. It does not know files.
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
  too_short,  ///< begins like a key, and is too short
  too_long,   ///< begins with a key, and continues
  not_a_key,  ///< anything else
};

/// Longer text is not a key, whatever it contains.
inline constexpr std::size_t kMaxKeyText = 128;

/// "serialtcp-key-1:" and 64 hexadecimal digits on one line; blanks around it and a final end of line are
/// ignored.
std::expected<Key, KeyError> parse_key(std::string_view text);

/// The text form with its end of line; wipe() it after use.
std::string format_key(const Key& key);

/// Overwrites secret bytes in a way that no compiler optimises away.
void wipe(MutableByteView bytes);
void wipe(std::string& text);

}  // namespace serialtcp
