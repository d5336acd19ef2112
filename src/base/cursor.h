// Bounds-checked reading and writing of bytes. A Reader that is asked for more bytes than there are becomes
// bad and returns zeros from then on. A parser checks good() once at the end, not after each field.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/byte_runs.h"
#include "base/check.h"
#include "serialtcp/bytes.h"

namespace serialtcp::base {

class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}

  bool good() const { return good_; }
  bool empty() const { return rest_.empty(); }
  std::size_t size() const { return rest_.size(); }
  /// The bytes that have not been read yet.
  ByteView rest() const { return rest_; }

  std::uint8_t u8() {
    const ByteView b = take(1);
    return b.empty() ? std::uint8_t{0} : b[0];
  }

  /// An unsigned little-endian number of `count` bytes (1 to 8).
  std::uint64_t little(std::size_t count) {
    const ByteView b = take(count);
    std::uint64_t value = 0;
    for (std::size_t i = b.size(); i-- > 0;) value = (value << 8) | b[i];
    return value;
  }

  /// LEB128, at most five bytes and 32 bits; a longer number makes the reader bad.
  std::uint32_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
      const std::uint8_t byte = u8();
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if ((byte & 0x80U) == 0) {
        if (value > UINT32_MAX) good_ = false;
        return good_ ? static_cast<std::uint32_t>(value) : 0;
      }
    }
    good_ = false;
    return 0;
  }

  ByteView take(std::size_t count) {
    if (count > rest_.size()) {
      good_ = false;
      rest_ = {};
      return {};
    }
    const ByteView taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }

  ByteView take_all() { return take(rest_.size()); }

 private:
  ByteView rest_;
  bool good_ = true;
};

/// Writes into a fixed buffer that the caller owns. Writing past its end is a CHECK.
class Writer {
 public:
  explicit Writer(MutableByteView into) : into_(into) {}

  std::size_t size() const { return used_; }
  ByteView written() const { return into_.first(used_); }

  void u8(std::uint8_t value) {
    CHECK(used_ < into_.size());
    into_[used_++] = value;
  }

  void bytes(ByteView bytes) {
    copy_bytes(bytes, into_.subspan(used_));
    used_ += bytes.size();
  }

  void little(std::uint64_t value, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) u8(static_cast<std::uint8_t>(value >> (8 * i)));
  }

  void varint(std::uint32_t value) {
    while (value >= 0x80U) {
      u8(static_cast<std::uint8_t>(value | 0x80U));
      value >>= 7;
    }
    u8(static_cast<std::uint8_t>(value));
  }

 private:
  MutableByteView into_;
  std::size_t used_ = 0;
};

/// The 64-bit number nearest to `near` whose low `bits` bits are `low`. Truncated numbers are expanded with
/// it where they are received. Never below 0.
inline std::uint64_t unwrap_nearest(std::uint64_t low, unsigned bits, std::uint64_t near) {
  const std::uint64_t modulus = std::uint64_t{1} << bits;
  const std::uint64_t delta = (low - near) & (modulus - 1);
  if (delta >= modulus / 2 && near + delta >= modulus) return near + delta - modulus;
  return near + delta;
}

}  // namespace serialtcp::base
