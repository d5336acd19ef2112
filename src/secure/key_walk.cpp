#include "secure/key_walk.h"

#include <algorithm>

namespace serialtcp::secure {

namespace {

constexpr std::size_t kBatch = 128;
// Keys are multiples of 8.
constexpr std::uint64_t kStep = 8;
// The u coordinate of 8 times the base point.
constexpr std::array<Byte, Field::kSize> kStepPoint = {
    0x68, 0x99, 0xC9, 0x48, 0xED, 0x6F, 0x71, 0xF1, 0x1E, 0xA9, 0x74, 0xAD, 0xCA, 0xED, 0x78, 0x7A,
    0xA1, 0x5C, 0xB6, 0xC8, 0x4D, 0x88, 0x3B, 0xD8, 0x2D, 0x5C, 0xD6, 0xAA, 0xD7, 0xA6, 0x5F, 0x27};

void add(MutableKeyView key, std::uint64_t what) {
  for (Byte& byte : key) {
    what += byte;
    byte = static_cast<Byte>(what);
    what >>= 8;
  }
}

}  // namespace

KeyWalk::KeyWalk(KeyView first) : first_(2) {
  std::ranges::copy(first, first_.key(0).begin());
  first_.key(0)[0] &= 0xF8;
  first_.key(0)[31] = static_cast<Byte>((first_.key(0)[31] & 0x7F) | 0x40);
  std::ranges::copy(first_.key(0), first_.key(1).begin());
  add(first_.key(1), kStep);
  halves_ = {public_half(first_.key(0)), public_half(first_.key(1))};
  before_ = {Field(halves_[0]), Field(1)};
  last_ = {Field(halves_[1]), Field(1)};
}

const KeyWalk::Half& KeyWalk::next() {
  ++taken_;
  if (at_ == halves_.size()) walk();
  return halves_[at_++];
}

/// Montgomery's differential addition: the sum of two points from these and their difference, which is the
/// point before. Then one division gives all fractions of the batch.
void KeyWalk::walk() {
  static const Field kPlus = Field(kStepPoint) + Field(1);
  static const Field kMinus = Field(kStepPoint) - Field(1);
  std::array<Fraction, kBatch> points;
  std::array<Field, kBatch> products;
  Field product(1);
  for (std::size_t i = 0; i < kBatch; ++i) {
    const Field one = (last_.numerator - last_.denominator) * kPlus;
    const Field other = (last_.numerator + last_.denominator) * kMinus;
    const Field sum = one + other;
    const Field difference = one - other;
    points[i] = {before_.denominator * (sum * sum), before_.numerator * (difference * difference)};
    before_ = last_;
    last_ = points[i];
    products[i] = product;
    product = product * points[i].denominator;
  }
  Field inverse = product.inverse();
  halves_.resize(kBatch);
  for (std::size_t i = kBatch; i-- > 0;) {
    halves_[i] = (points[i].numerator * inverse * products[i]).bytes();
    inverse = inverse * points[i].denominator;
  }
  at_ = 0;
}

Secret KeyWalk::key() const {
  CHECK(taken_ > 0);
  Secret key(1);
  std::ranges::copy(first_.key(0), key.key(0).begin());
  add(key.key(0), kStep * (taken_ - 1));
  return key;
}

}  // namespace serialtcp::secure
