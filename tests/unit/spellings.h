// Addresses in every way in which they can be written, including forms that only some programs accept.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "os/asio.h"

namespace serialtcp::test {

using Address = io::asio::ip::address;

/// Every combination of decimal, octal and hexadecimal numbers, of one to four parts.
inline std::vector<std::string> spellings_of(std::uint32_t v4) {
  std::vector<std::string> texts;
  const auto written = [](std::uint32_t part, int style) {
    if (style == 1) return fmt::format("0{:o}", part);
    if (style == 2) return fmt::format("0x{:x}", part);
    if (style == 3) return fmt::format("0X{:08X}", part);
    return fmt::format("{}", part);
  };
  constexpr int kStyles = 4;
  for (int first = 0; first < kStyles; ++first) {
    for (int rest = 0; rest < kStyles; ++rest) {
      for (int parts = 1; parts <= 4; ++parts) {
        std::string text;
        for (int part = 0; part < parts - 1; ++part)
          text += written((v4 >> (24 - 8 * part)) & 0xFF, part == 0 ? first : rest) + ".";
        const int left = 8 * (5 - parts);
        text += written(left == 32 ? v4 : v4 & ((1U << left) - 1), parts == 1 ? first : rest);
        texts.push_back(text);
      }
    }
  }
  return texts;
}

/// Texts, and the address that each one denotes.
inline std::vector<std::pair<std::string, Address>> spellings() {
  std::vector<std::pair<std::string, Address>> all;
  const auto add = [&all](const std::string& text, const Address& address) {
    for (const std::string& around :
         {text, text + ".", "[" + text + "]", text + "%1", text + "%lo", text + "%x.lan", text + "%.lan",
          text + "%1.lan.", text + "%25lo", text + " ", " " + text})
      all.emplace_back(around, address);
  };
  for (const char* const text :
       {"127.0.0.1", "10.1.2.3", "0.0.0.0", "192.168.0.1", "169.254.1.1", "255.255.255.255"}) {
    const auto v4 = io::asio::ip::make_address_v4(text);
    for (const std::string& spelled : spellings_of(v4.to_uint())) add(spelled, v4);
    const auto bytes = v4.to_bytes();
    add(fmt::format("::ffff:{}", text), v4);
    add(fmt::format("::FFFF:{:x}:{:x}", (bytes[0] << 8) | bytes[1], (bytes[2] << 8) | bytes[3]), v4);
    add(fmt::format("0:0:0:0:0:ffff:{}", text), v4);
    add(fmt::format("0000:0000:0000:0000:0000:FFFF:{}", text), v4);
  }
  for (const char* const text : {"::1", "::", "fe80::1", "fd00::7", "2001:db8::1", "ff02::1"}) {
    const auto v6 = io::asio::ip::make_address_v6(text);
    const auto bytes = v6.to_bytes();
    std::string full;
    for (std::size_t i = 0; i < bytes.size(); i += 2)
      full += fmt::format("{}{:02x}{:02X}", i == 0 ? "" : ":", bytes[i], bytes[i + 1]);
    add(text, v6);
    add(full, v6);
  }
  return all;
}

}  // namespace serialtcp::test
