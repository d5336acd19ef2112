// The text form of a key, and other contents that a key file may have.
#include "serialtcp/key.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

namespace serialtcp {
namespace {

constexpr std::string_view kText =
    "serialtcp-key-1:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

Key example() {
  std::array<Byte, Key::kSize> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<Byte>(i);
  return Key(bytes);
}

bool is_example(const std::expected<Key, KeyError>& key) {
  return key && std::ranges::equal(key->bytes(), example().bytes());
}

KeyError error_of(std::string_view text) {
  const auto key = parse_key(text);
  EXPECT_FALSE(key) << text;
  return key ? KeyError{} : key.error();
}

TEST(Key, HasThisTextOnOneLine) {
  EXPECT_EQ(format_key(example()), std::string(kText) + "\n");
}

TEST(Key, IsReadAsItWasWritten) {
  EXPECT_TRUE(is_example(parse_key(format_key(example()))));
}

TEST(Key, IsReadWithBlanksAroundItAndInCapitals) {
  EXPECT_TRUE(is_example(parse_key(kText)));
  EXPECT_TRUE(is_example(parse_key("  \n" + std::string(kText) + " \t\r\n\n")));
  std::string capitals(kText);
  for (char& letter : capitals) {
    if (letter >= 'a' && letter <= 'f' && &letter - capitals.data() > 15)
      letter = static_cast<char>(letter - 32);
  }
  EXPECT_TRUE(is_example(parse_key(capitals)));
}

TEST(Key, ThatIsNoneIsToldApart) {
  EXPECT_EQ(error_of(""), KeyError::empty);
  EXPECT_EQ(error_of(" \r\n\t"), KeyError::empty);
  EXPECT_EQ(error_of("serialtcp"), KeyError::too_short);
  EXPECT_EQ(error_of("serialtcp-key-1:"), KeyError::too_short);
  EXPECT_EQ(error_of(kText.substr(0, kText.size() - 1)), KeyError::too_short);
  EXPECT_EQ(error_of(std::string(kText) + "0"), KeyError::too_long);
  EXPECT_EQ(error_of(std::string(kText) + "\n" + std::string(kText)), KeyError::too_long);
  EXPECT_EQ(error_of("-----BEGIN OPENSSH PRIVATE KEY-----"), KeyError::not_a_key);
  EXPECT_EQ(error_of(kText.substr(16)), KeyError::not_a_key) << "the digits alone";
  EXPECT_EQ(error_of("serialtcp-key-2:" + std::string(kText.substr(16))), KeyError::not_a_key);
  std::string odd(kText);
  odd[40] = 'g';
  EXPECT_EQ(error_of(odd), KeyError::not_a_key);
  odd[40] = '\0';
  EXPECT_EQ(error_of(odd), KeyError::not_a_key);
  EXPECT_EQ(error_of(std::string(1'000'000, '\xFF')), KeyError::not_a_key);
}

TEST(Key, IsWipedFromText) {
  std::string text = format_key(example());
  const char* const where = text.data();
  const std::size_t size = text.size();
  wipe(text);
  EXPECT_TRUE(text.empty());
  // The string keeps its memory.
  EXPECT_EQ(text.data(), where);
  for (std::size_t i = 1; i < size; ++i) EXPECT_EQ(where[i], 0) << i;
}

}  // namespace
}  // namespace serialtcp
