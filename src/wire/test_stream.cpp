#include "wire/test_stream.h"

#include "base/cursor.h"

namespace serialtcp::wire {

namespace {

constexpr std::array<Byte, 4> kPatterns = {0x00, 0xFF, 0x55, 0xAA};
constexpr std::size_t kPattern = kTestPatterns / kPatterns.size();
constexpr Byte kCoded = 0x1F;
constexpr Byte kInstead = 0x1E;

constexpr std::uint64_t kGamma = 0x9E3779B97F4A7C15U;
constexpr std::uint64_t kFirstFactor = 0xBF58476D1CE4E5B9U;
constexpr std::uint64_t kSecondFactor = 0x94D049BB133111EBU;

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014), without its state.
std::uint64_t mixed(std::uint64_t number) {
  std::uint64_t z = (number + 1) * kGamma;
  z = (z ^ z >> 30U) * kFirstFactor;
  z = (z ^ z >> 27U) * kSecondFactor;
  return z ^ z >> 31U;
}

/// What an odd number has to be multiplied by for 1, modulo 2^64: by Newton's method, which doubles the bits that are right.
constexpr std::uint64_t inverse(std::uint64_t odd) {
  std::uint64_t x = odd;
  for (int i = 0; i < 5; ++i) x *= 2 - odd * x;
  return x;
}

std::uint64_t unmixed(std::uint64_t z) {
  z ^= z >> 31U ^ z >> 62U;
  z *= inverse(kSecondFactor);
  z ^= z >> 27U ^ z >> 54U;
  z *= inverse(kFirstFactor);
  z ^= z >> 30U ^ z >> 60U;
  return z * inverse(kGamma) - 1;
}

}  // namespace

std::array<Byte, kTestPrefaceSize> test_preface(const TestPreface& preface) {
  std::array<Byte, kTestPrefaceSize> bytes{};
  base::Writer out(bytes);
  out.u8(static_cast<Byte>(preface.kind));
  out.little(preface.bytes, 4);
  return bytes;
}

std::optional<TestPreface> read_test_preface(ByteView bytes) {
  base::Reader in(bytes);
  const Byte kind = in.u8();
  const auto count = static_cast<std::uint32_t>(in.little(4));
  if (!in.good() || kind > static_cast<Byte>(TestKind::echo)) return std::nullopt;
  return TestPreface{static_cast<TestKind>(kind), count};
}

Byte test_byte(std::uint64_t offset) {
  const std::size_t at = offset % kTestUnit;
  if (at < kTestPatterns) return kPatterns[at / kPattern];
  const auto byte = static_cast<Byte>(mixed(offset / kTestWord) >> 8 * (offset % kTestWord));
  return byte == kCoded ? kInstead : byte;
}

std::optional<std::uint64_t> test_offset(ByteView word) {
  base::Reader in(word);
  const std::uint64_t number = unmixed(in.little(kTestWord));
  if (!in.good() || number > UINT32_MAX) return std::nullopt;
  const std::uint64_t offset = number * kTestWord;
  return offset % kTestUnit < kTestPatterns ? std::nullopt : std::optional(offset);
}

void fill_with_test_bytes(std::uint64_t offset, MutableByteView into) {
  for (Byte& byte : into) byte = test_byte(offset++);
}

}  // namespace serialtcp::wire
