#include "ppp/packet.h"

#include <algorithm>

#include "base/check.h"

namespace serialtcp::ppp {

namespace {

constexpr std::size_t kOptionHeader = 2;
constexpr std::size_t kLongestText = 80;

}  // namespace

std::optional<Packet> parse_packet(ByteView bytes) {
  if (bytes.size() < kPacketHeader) return std::nullopt;
  const std::uint64_t length = number(bytes.subspan(2, 2));
  if (length < kPacketHeader || length > bytes.size()) return std::nullopt;
  return Packet{bytes[0], bytes[1], bytes.subspan(kPacketHeader, length - kPacketHeader)};
}

Bytes make_packet(Byte code, Byte id, ByteView data, std::size_t longest) {
  const ByteView kept = data.first(std::min(data.size(), longest - kPacketHeader));
  const std::size_t length = kPacketHeader + kept.size();
  Bytes packet{code, id, static_cast<Byte>(length >> 8U), static_cast<Byte>(length)};
  packet.insert(packet.end(), kept.begin(), kept.end());
  return packet;
}

std::optional<std::vector<Option>> parse_options(ByteView bytes) {
  std::vector<Option> options;
  while (!bytes.empty()) {
    if (bytes.size() < kOptionHeader) return std::nullopt;
    const std::size_t length = bytes[1];
    if (length < kOptionHeader || length > bytes.size()) return std::nullopt;
    options.push_back({bytes[0], bytes.subspan(kOptionHeader, length - kOptionHeader)});
    bytes = bytes.subspan(length);
  }
  return options;
}

void append_option(Byte type, ByteView value, Bytes& out) {
  CHECK(value.size() + kOptionHeader <= 0xFFU);
  out.push_back(type);
  out.push_back(static_cast<Byte>(value.size() + kOptionHeader));
  out.insert(out.end(), value.begin(), value.end());
}

void append_option(Byte type, std::uint64_t value, std::size_t size, Bytes& out) {
  append_option(type, number_bytes(value, size), out);
}

std::uint64_t number(ByteView bytes) {
  CHECK(bytes.size() <= sizeof(std::uint64_t));
  std::uint64_t value = 0;
  for (const Byte byte : bytes) value = value << 8U | byte;
  return value;
}

Bytes number_bytes(std::uint64_t value, std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = size; i-- > 0; value >>= 8U) bytes[i] = static_cast<Byte>(value);
  return bytes;
}

std::string printable(ByteView bytes) {
  std::string text;
  for (const Byte byte : bytes.first(std::min(bytes.size(), kLongestText))) {
    text += byte >= 0x20U && byte < 0x7FU ? static_cast<char>(byte) : '?';
  }
  return text;
}

std::string address_text(std::uint32_t address) {
  std::string text;
  for (unsigned shift = 32; shift > 0; shift -= 8) {
    if (!text.empty()) text += '.';
    text += std::to_string((address >> (shift - 8)) & 0xFFU);
  }
  return text;
}

}  // namespace serialtcp::ppp
