#include "install/digests.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace serialtcp::install {

namespace {

/// What both hashes work on: 64 bytes at once, the message with its end: a bit, zeros, the length in bits.
template <typename Take>
void for_each_block(ByteView bytes, std::endian length_order, Take take) {
  constexpr std::size_t kBlock = 64;
  constexpr std::size_t kLength = 8;
  Bytes rest(bytes.end() - static_cast<std::ptrdiff_t>(bytes.size() % kBlock), bytes.end());
  for (std::size_t at = 0; at + kBlock <= bytes.size(); at += kBlock) take(bytes.subspan(at, kBlock));
  rest.push_back(0x80);
  while (rest.size() % kBlock != kBlock - kLength) rest.push_back(0);
  const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
  for (std::size_t i = 0; i < kLength; ++i) {
    const std::size_t shift = 8 * (length_order == std::endian::little ? i : kLength - 1 - i);
    rest.push_back(static_cast<Byte>(bits >> shift));
  }
  for (std::size_t at = 0; at < rest.size(); at += kBlock) take(ByteView(rest).subspan(at, kBlock));
}

std::uint32_t word(ByteView block, std::size_t i, std::endian order) {
  std::uint32_t value = 0;
  for (std::size_t k = 0; k < 4; ++k) {
    const std::size_t shift = 8 * (order == std::endian::little ? k : 3 - k);
    value |= std::uint32_t{block[4 * i + k]} << shift;
  }
  return value;
}

/// The first 32 bits behind the point.
std::uint32_t fraction(long double value) {
  return static_cast<std::uint32_t>(std::ldexp(value - std::floor(value), 32));
}

bool is_prime(unsigned number) {
  for (unsigned i = 2; i * i <= number; ++i) {
    if (number % i == 0) return false;
  }
  return true;
}

void md5_block(std::array<std::uint32_t, 4>& state, ByteView block) {
  static constexpr std::array<std::array<int, 4>, 4> kTurns = {
      {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};
  auto [a, b, c, d] = state;
  for (unsigned i = 0; i < 64; ++i) {
    const unsigned round = i / 16;
    static constexpr std::array<std::array<unsigned, 2>, 4> kOrder = {{{1, 0}, {5, 1}, {3, 5}, {7, 0}}};
    const std::uint32_t mixed = round == 0   ? (b & c) | (~b & d)
                                : round == 1 ? (d & b) | (~d & c)
                                : round == 2 ? b ^ c ^ d
                                             : c ^ (b | ~d);
    const auto sine = static_cast<std::uint32_t>(std::floor(std::ldexp(std::fabs(std::sin(i + 1.0)), 32)));
    const std::uint32_t sum =
        a + mixed + sine + word(block, (kOrder[round][0] * i + kOrder[round][1]) % 16, std::endian::little);
    a = d;
    d = c;
    c = b;
    b += std::rotl(sum, kTurns[round][i % 4]);
  }
  state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d};
}

/// The constants: of the roots of the first primes.
struct ShaConstants {
  std::array<std::uint32_t, 8> start{};
  std::array<std::uint32_t, 64> rounds{};

  ShaConstants() {
    std::size_t found = 0;
    for (unsigned number = 2; found < rounds.size(); ++number) {
      if (!is_prime(number)) continue;
      if (found < start.size()) start[found] = fraction(std::sqrt(static_cast<long double>(number)));
      rounds[found++] = fraction(std::cbrt(static_cast<long double>(number)));
    }
  }
};

void sha_block(const ShaConstants& constants, std::array<std::uint32_t, 8>& state, ByteView block) {
  std::array<std::uint32_t, 64> w{};
  for (std::size_t i = 0; i < 16; ++i) w[i] = word(block, i, std::endian::big);
  for (std::size_t i = 16; i < 64; ++i) {
    const std::uint32_t s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3);
    const std::uint32_t s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10);
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  auto [a, b, c, d, e, f, g, h] = state;
  for (std::size_t i = 0; i < 64; ++i) {
    const std::uint32_t s1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    const std::uint32_t first = h + s1 + ((e & f) ^ (~e & g)) + constants.rounds[i] + w[i];
    const std::uint32_t s0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    const std::uint32_t second = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + first;
    d = c;
    c = b;
    b = a;
    a = first + second;
  }
  const std::array<std::uint32_t, 8> added = {a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < state.size(); ++i) state[i] += added[i];
}

}  // namespace

std::string cksum_of(ByteView bytes) {
  static constexpr auto kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
      std::uint32_t value = i << 24;
      for (int bit = 0; bit < 8; ++bit) value = (value << 1) ^ ((value >> 31) * 0x04C11DB7U);
      table[i] = value;
    }
    return table;
  }();
  std::uint32_t crc = 0;
  const auto add = [&crc](Byte byte) { crc = (crc << 8) ^ kTable[(crc >> 24) ^ byte]; };
  for (const Byte byte : bytes) add(byte);
  for (std::size_t length = bytes.size(); length > 0; length >>= 8) add(static_cast<Byte>(length));
  return fmt::format("{} {}", ~crc, bytes.size());
}

std::string md5_of(ByteView bytes) {
  std::array<std::uint32_t, 4> state = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476};
  for_each_block(bytes, std::endian::little, [&state](ByteView block) { md5_block(state, block); });
  std::string text;
  for (const std::uint32_t part : state) {
    for (int shift = 0; shift < 32; shift += 8) text += fmt::format("{:02x}", part >> shift & 0xFF);
  }
  return text;
}

std::string sha256_of(ByteView bytes) {
  static const ShaConstants kConstants;
  std::array<std::uint32_t, 8> state = kConstants.start;
  for_each_block(bytes, std::endian::big, [&state](ByteView block) { sha_block(kConstants, state, block); });
  std::string text;
  for (const std::uint32_t part : state) text += fmt::format("{:08x}", part);
  return text;
}

}  // namespace serialtcp::install
