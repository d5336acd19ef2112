// Field: numbers modulo 2^255 - 19, the coordinates of the points of Curve25519. For public values only: the
// time of an operation depends on the numbers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "serialtcp/bytes.h"

namespace serialtcp::secure {

class Field {
 public:
  static constexpr std::size_t kSize = 32;

  constexpr Field() = default;
  constexpr explicit Field(std::uint32_t small) : limbs_{small} {}
  explicit Field(std::span<const Byte, kSize> little_endian);
  std::array<Byte, kSize> bytes() const;

  Field operator+(const Field& other) const;
  Field operator-(const Field& other) const;
  Field operator*(const Field& other) const;
  /// 1 / this, and 0 for 0.
  Field inverse() const;

 private:
  static constexpr std::size_t kLimbs = 8;
  using Limbs = std::array<std::uint32_t, kLimbs>;

  static Field folded(Limbs low, std::uint64_t high);

  /// Below 2^256. A few numbers at both ends of the range have two forms; bytes() returns the normal form.
  Limbs limbs_{};
};

}  // namespace serialtcp::secure
