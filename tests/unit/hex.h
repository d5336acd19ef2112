// Bytes as hexadecimal text, as in test vectors.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "serialtcp/bytes.h"

namespace serialtcp::test {

inline Bytes from_hex(std::string_view hex) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<Byte>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  EXPECT_EQ(2 * bytes.size(), hex.size());
  return bytes;
}

inline std::string to_hex(ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const Byte byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace serialtcp::test
