#include "secure/field.h"

#include "base/cursor.h"

namespace serialtcp::secure {

namespace {

// 2^256 is 38 more than twice the modulus.
constexpr std::uint64_t kFold = 38;

}  // namespace

Field::Field(std::span<const Byte, kSize> little_endian) {
  base::Reader in(little_endian);
  for (std::uint32_t& limb : limbs_) limb = static_cast<std::uint32_t>(in.little(sizeof(limb)));
}

/// `low` plus `high` times 2^256, reduced to below 2^256.
Field Field::folded(Limbs low, std::uint64_t high) {
  Field result;
  result.limbs_ = low;
  while (high != 0) {
    std::uint64_t carry = high * kFold;
    for (std::uint32_t& limb : result.limbs_) {
      carry += limb;
      limb = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    high = carry;
  }
  return result;
}

Field Field::operator+(const Field& other) const {
  Limbs sum;
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < kLimbs; ++i) {
    carry += std::uint64_t{limbs_[i]} + other.limbs_[i];
    sum[i] = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
  return folded(sum, carry);
}

Field Field::operator-(const Field& other) const {
  Limbs difference = limbs_;
  std::uint64_t borrow = 0;
  const auto take = [&](std::uint32_t& limb, std::uint64_t what) {
    const std::uint64_t left = std::uint64_t{limb} - what - borrow;
    limb = static_cast<std::uint32_t>(left);
    borrow = left >> 63;
  };
  for (std::size_t i = 0; i < kLimbs; ++i) take(difference[i], other.limbs_[i]);
  // A borrow added 2^256, which is congruent to kFold.
  while (borrow != 0) {
    borrow = 0;
    take(difference[0], kFold);
    for (std::size_t i = 1; i < kLimbs; ++i) take(difference[i], 0);
  }
  Field result;
  result.limbs_ = difference;
  return result;
}

Field Field::operator*(const Field& other) const {
  std::array<std::uint32_t, 2 * kLimbs> product{};
  for (std::size_t i = 0; i < kLimbs; ++i) {
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < kLimbs; ++j) {
      carry += std::uint64_t{limbs_[i]} * other.limbs_[j] + product[i + j];
      product[i + j] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    product[i + kLimbs] = static_cast<std::uint32_t>(carry);
  }
  Limbs low;
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < kLimbs; ++i) {
    carry += product[i] + kFold * product[i + kLimbs];
    low[i] = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
  return folded(low, carry);
}

Field Field::inverse() const {
  // To the power of the modulus minus 2, in which all bits are 1 except bits 2 and 4.
  Field result(1);
  for (int bit = 254; bit >= 0; --bit) {
    result = result * result;
    if (bit != 2 && bit != 4) result = result * *this;
  }
  return result;
}

std::array<Byte, Field::kSize> Field::bytes() const {
  // The modulus may have to be subtracted once or twice: x + 19 then reaches bit 255, or bit 256.
  Limbs limbs = limbs_;
  const auto add = [&limbs](std::uint64_t what) {
    for (std::uint32_t& limb : limbs) {
      what += limb;
      limb = static_cast<std::uint32_t>(what);
      what >>= 32;
    }
  };
  constexpr std::uint32_t kTop = 0x8000'0000;
  if ((limbs.back() & kTop) != 0) {
    limbs.back() &= ~kTop;
    add(19);
  }
  Limbs before = limbs;
  add(19);
  if ((limbs.back() & kTop) != 0) {
    limbs.back() &= ~kTop;
  } else {
    limbs = before;
  }
  std::array<Byte, kSize> bytes;
  base::Writer out(bytes);
  for (const std::uint32_t limb : limbs) out.little(limb, sizeof(limb));
  return bytes;
}

}  // namespace serialtcp::secure
