// The input of a fuzzer, consumed from the front: numbers, pieces of bytes, choices. Returns zeros when it is
// used up.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "serialtcp/bytes.h"
#include "serialtcp/key.h"
#include "serialtcp/time.h"

namespace serialtcp::fuzz {

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

  bool empty() const { return rest_.empty(); }

  std::uint8_t u8() {
    if (rest_.empty()) return 0;
    const Byte byte = rest_[0];
    rest_ = rest_.subspan(1);
    return byte;
  }
  std::uint32_t u16() { return u8() | (std::uint32_t{u8()} << 8); }
  std::uint32_t u32() { return u16() | (u16() << 16); }

  /// As many bytes as there are, at most `count`.
  Bytes bytes(std::size_t count) {
    const ByteView taken = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return {taken.begin(), taken.end()};
  }

  /// From microseconds to hours.
  Duration duration() {
    const Byte byte = u8();
    return std::chrono::microseconds((std::int64_t{1} << (byte & 0x1FU)) + (byte >> 5));
  }

 private:
  ByteView rest_;
};

/// An input in two parts.
struct HeadedInput {
  Input head;  ///< what the fuzzer chooses, and where `bytes` are cut
  ByteView bytes;
};

/// For fuzzers of what arrives in pieces: they choose by the first bytes of the input, and send the rest. Empty if there is no
/// rest.
inline std::optional<HeadedInput> split_head(const std::uint8_t* data, std::size_t size,
                                             std::size_t head = 8) {
  if (size <= head) return std::nullopt;
  return HeadedInput{Input(data, head), ByteView(data + head, size - head)};
}

/// Cuts the next piece off: up to `longest` bytes, as `cuts` has it, or all without it.
inline ByteView take_piece(ByteView& bytes, Input* cuts, std::size_t longest = 9) {
  const std::size_t size =
      cuts == nullptr ? bytes.size() : std::min<std::size_t>(bytes.size(), 1 + cuts->u8() % longest);
  const ByteView piece = bytes.first(size);
  bytes = bytes.subspan(size);
  return piece;
}

/// Of the sealed links.
inline Key shared_key() {
  std::array<Byte, Key::kSize> bytes{};
  bytes[0] = 1;
  return Key(bytes);
}

/// A condition that must hold.
inline void demand(bool truth, const char* what) {
  if (truth) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::abort();
}

}  // namespace serialtcp::fuzz
