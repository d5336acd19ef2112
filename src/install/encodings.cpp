// The encodings of Transfer, and of the loader that goes before it.
#include <fmt/format.h>

#include "install/transfer.h"
#include "install/typed_loader.h"

namespace serialtcp::install {

namespace {

bool is_plain(Byte byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/// Lines of commands with `encode` of each byte between quotes.
template <typename Encode>
std::string command_lines(ByteView bytes, std::string_view command, std::size_t most, Encode encode) {
  std::string text;
  std::string line;
  const auto finish = [&] {
    text += fmt::format(" {} '{}'>{}$f\n", command, line, text.empty() ? "" : ">");
    line.clear();
  };
  const std::size_t around = command.size() + 10;
  for (const Byte byte : bytes) {
    const std::string code = encode(byte);
    if (line.size() + code.size() + around > most) finish();
    line += code;
  }
  if (!line.empty()) finish();
  return text;
}

}  // namespace

std::string base64_lines(ByteView bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr std::size_t kLine = 76;
  std::string text;
  std::size_t column = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k) bits = bits << 8 | (k < count ? bytes[i + k] : 0U);
    for (std::size_t k = 0; k < 4; ++k) text += k <= count ? kDigits[bits >> (18 - 6 * k) & 63] : '=';
    column += 4;
    if (column == kLine) text += '\n';
    column %= kLine;
  }
  if (column > 0) text += '\n';
  return text;
}

// In the format, dash decodes octal numbers before it looks for %, and so a % is always doubled.
std::string printf_lines(ByteView bytes, std::string_view printf, std::size_t most) {
  return command_lines(bytes, printf, most, [](Byte byte) {
    return byte == '%'      ? std::string("%%")
           : is_plain(byte) ? std::string(1, static_cast<char>(byte))
                            : fmt::format("\\{:03o}", byte);
  });
}

std::string echo_lines(ByteView bytes, std::size_t most) {
  return command_lines(bytes, "echo -ne", most, [](Byte byte) {
    return is_plain(byte) ? std::string(1, static_cast<char>(byte)) : fmt::format("\\0{:03o}", byte);
  });
}

// As short as they can be: octal numbers end where no octal digit follows. Nothing of it looks like a message of the kernel.
std::vector<std::string> typed_parts(ByteView bytes, Typed how, std::size_t most) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const Byte byte = bytes[i];
    const bool digit_follows = i + 1 < bytes.size() && bytes[i + 1] >= '0' && bytes[i + 1] <= '9';
    const bool is_literal = is_plain(byte) || (byte >= '+' && byte <= ':') || byte == '_' || byte == '=';
    const std::string octal = digit_follows ? fmt::format("{:03o}", byte) : fmt::format("{:o}", byte);
    std::string code = fmt::format("\\{}{}", how == Typed::echo ? "0" : "", octal);
    if (byte == '%' && how == Typed::printf) code = "%%";
    if (is_literal) code = static_cast<char>(byte);
    if (parts.back().size() + code.size() > most) parts.emplace_back();
    parts.back() += code;
  }
  return parts;
}

}  // namespace serialtcp::install
