// Streams that only test the line (services::kTest): docs/protocol.md, section 10, "Test". The preface of their opener, and the
// bytes that are sent on them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "serialtcp/bytes.h"

namespace serialtcp::wire {

/// What the receiver of the OPEN does.
enum class TestKind : std::uint8_t {
  sink = 0,    ///< drops what comes
  source = 1,  ///< sends test bytes
  echo = 2,    ///< sends back what comes
};

struct TestPreface {
  TestKind kind = TestKind::sink;
  std::uint32_t bytes = 0;  ///< of a source: how many

  bool operator==(const TestPreface&) const = default;
};

inline constexpr std::size_t kTestPrefaceSize = 5;

std::array<Byte, kTestPrefaceSize> test_preface(const TestPreface& preface);
/// Empty if there is no such kind. `bytes` has kTestPrefaceSize bytes.
std::optional<TestPreface> read_test_preface(ByteView bytes);

/// Bytes in units of this size: first 32 times 00, FF, 55 and AA each, and then what looks like chance, so that eight of these in
/// a row tell where they stand. None of them is 1F, which is coded on the line.
inline constexpr std::size_t kTestUnit = 512;
inline constexpr std::size_t kTestPatterns = 128;

Byte test_byte(std::uint64_t offset);
/// Where these bytes stand, if they are one of the words of 8 bytes that look like chance, from its beginning; words that had a
/// 1F are not found. Other bytes are taken for one of them once in 2^32.
inline constexpr std::size_t kTestWord = 8;
std::optional<std::uint64_t> test_offset(ByteView word);
/// From this offset on.
void fill_with_test_bytes(std::uint64_t offset, MutableByteView into);

}  // namespace serialtcp::wire
