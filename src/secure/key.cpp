// Keys as bytes and as text. This is in secure/ because libsodium wipes keys and converts them to text.
#include "serialtcp/key.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "secure/secret.h"

namespace serialtcp {

namespace {

constexpr std::string_view kPrefix = "serialtcp-key-1:";
constexpr std::size_t kDigits = 2 * Key::kSize;
static_assert(kPrefix.size() + kDigits < kMaxKeyText);

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

}  // namespace

Key::Key(std::span<const Byte, kSize> bytes) {
  auto secret = std::make_shared<secure::Secret>(1);
  std::ranges::copy(bytes, secret->key(0).begin());
  memory_ = std::shared_ptr<const Byte>(secret, secret->key(0).data());
}

std::expected<Key, KeyError> parse_key(std::string_view text) {
  text = without_blanks(text);
  if (text.empty()) return std::unexpected(KeyError::empty);
  if (!text.starts_with(kPrefix)) {
    return std::unexpected(kPrefix.starts_with(text) ? KeyError::too_short : KeyError::not_a_key);
  }
  text.remove_prefix(kPrefix.size());
  std::array<Byte, Key::kSize> bytes;
  std::size_t count = 0;
  const char* end = nullptr;
  // Reads at most kDigits characters, up to the first one that is not a digit, or until `bytes` is full.
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage)
  const bool whole = sodium_hex2bin(bytes.data(), bytes.size(), text.data(), std::min(text.size(), kDigits),
                                    nullptr, &count, &end) == 0 &&
                     count == bytes.size();
  std::expected<Key, KeyError> result = std::unexpected(KeyError::not_a_key);
  if (whole && text.size() == kDigits) {
    result = Key(bytes);
  } else if (whole) {
    result = std::unexpected(KeyError::too_long);
  } else if (text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos) {
    result = std::unexpected(KeyError::too_short);
  }
  sodium_memzero(bytes.data(), bytes.size());
  return result;
}

std::string format_key(const Key& key) {
  std::array<char, kDigits + 1> digits;
  sodium_bin2hex(digits.data(), digits.size(), key.bytes().data(), key.bytes().size());
  std::string text;
  text.reserve(kPrefix.size() + digits.size());  // else appending would leave copies behind
  text += kPrefix;
  text += digits.data();
  text += '\n';
  sodium_memzero(digits.data(), digits.size());
  return text;
}

void wipe(MutableByteView bytes) {
  sodium_memzero(bytes.data(), bytes.size());
}

void wipe(std::string& text) {
  sodium_memzero(text.data(), text.size());
  text.clear();
}

}  // namespace serialtcp
