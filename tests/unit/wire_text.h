// Bytes of the line, written as text in a test.
#pragma once

#include <string_view>

#include "serialtcp/bytes.h"

namespace serialtcp::test {

/// "1F 44 'hi'": hexadecimal bytes, and text between quotes.
inline Bytes wire(std::string_view text) {
  Bytes bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ') continue;
    if (text[i] == '\'') {
      for (++i; text[i] != '\''; ++i) bytes.push_back(static_cast<Byte>(text[i]));
      continue;
    }
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'A' + 10; };
    bytes.push_back(static_cast<Byte>(digit(text[i]) * 16 + digit(text[i + 1])));
    ++i;
  }
  return bytes;
}

}  // namespace serialtcp::test
