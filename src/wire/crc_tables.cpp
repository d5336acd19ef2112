#include "wire/crc_tables.h"

#include <array>
#include <cstddef>

#include "wire/crc.h"

namespace serialtcp::wire {

namespace {

/// What each value of the lowest byte makes of a state; `polynomial` is reflected.
template <typename Word>
constexpr std::array<Word, 256> table(Word polynomial) {
  std::array<Word, 256> entries{};
  for (std::size_t i = 0; i < entries.size(); ++i) {
    Word word = static_cast<Word>(i);
    for (int bit = 0; bit < 8; ++bit) word = (word >> 1U) ^ ((word & 1U) != 0 ? polynomial : Word{0});
    entries[i] = word;
  }
  return entries;
}

template <typename Word>
Word update(const std::array<Word, 256>& entries, Word state, ByteView bytes) {
  for (const Byte byte : bytes) state = (state >> 8U) ^ entries[(state ^ byte) & 0xFFU];
  return state;
}

constexpr auto kCastagnoli = table<std::uint32_t>(kCrcPolynomial);
constexpr auto kJones = table<std::uint64_t>(0x95AC9329AC4BC9B5U);

}  // namespace

std::uint32_t crc32c_by_table(std::uint32_t state, ByteView bytes) {
  return update(kCastagnoli, state, bytes);
}

std::uint64_t crc64_by_table(std::uint64_t state, ByteView bytes) {
  return ~update(kJones, ~state, bytes);
}

}  // namespace serialtcp::wire
