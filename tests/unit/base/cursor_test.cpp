// Bounds-checked reading and writing of bytes, and the expansion of truncated numbers.
#include "base/cursor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "base/prng.h"

namespace serialtcp::base {
namespace {

using ::testing::ElementsAre;

Bytes varint_bytes(std::uint32_t value) {
  std::array<Byte, 8> buffer;
  Writer writer(buffer);
  writer.varint(value);
  return {writer.written().begin(), writer.written().end()};
}

TEST(Cursor, WritesNumbersLowestByteFirst) {
  std::array<Byte, 8> buffer;
  Writer writer(buffer);
  writer.little(0x112233, 3);
  writer.u8(0x44);
  EXPECT_THAT(writer.written(), ElementsAre(0x33, 0x22, 0x11, 0x44));
}

TEST(Cursor, WritesVarintsInAsFewBytesAsTheyNeed) {
  EXPECT_THAT(varint_bytes(0), ElementsAre(0x00));
  EXPECT_THAT(varint_bytes(127), ElementsAre(0x7F));
  EXPECT_THAT(varint_bytes(128), ElementsAre(0x80, 0x01));
  EXPECT_THAT(varint_bytes(300), ElementsAre(0xAC, 0x02));
  EXPECT_THAT(varint_bytes(16383), ElementsAre(0xFF, 0x7F));
  EXPECT_THAT(varint_bytes(16384), ElementsAre(0x80, 0x80, 0x01));
  EXPECT_THAT(varint_bytes(UINT32_MAX), ElementsAre(0xFF, 0xFF, 0xFF, 0xFF, 0x0F));
}

TEST(Cursor, ReadsBackEveryVarintItWrites) {
  for (unsigned bit = 0; bit < 32; ++bit) {
    for (const std::uint32_t value : {(1U << bit) - 1, 1U << bit, (1U << bit) + 1}) {
      const Bytes bytes = varint_bytes(value);
      Reader reader(bytes);
      EXPECT_EQ(reader.varint(), value);
      EXPECT_TRUE(reader.good());
      EXPECT_TRUE(reader.empty());
    }
  }
}

TEST(Cursor, RefusesAVarintOfMoreThan32Bits) {
  const Bytes bytes = {0xFF, 0xFF, 0xFF, 0xFF, 0x1F};
  Reader reader(bytes);
  EXPECT_EQ(reader.varint(), 0U);
  EXPECT_FALSE(reader.good());
}

TEST(Cursor, RefusesAVarintOfMoreThanFiveBytes) {
  const Bytes bytes = {0x80, 0x80, 0x80, 0x80, 0x80, 0x00};
  Reader reader(bytes);
  EXPECT_EQ(reader.varint(), 0U);
  EXPECT_FALSE(reader.good());
}

TEST(Cursor, TurnsBadOnAVarintThatDoesNotEnd) {
  const Bytes bytes = {0x80, 0x80};
  Reader reader(bytes);
  EXPECT_EQ(reader.varint(), 0U);
  EXPECT_FALSE(reader.good());
}

TEST(Cursor, GivesZerosOnceItHasRunOverTheEnd) {
  const Bytes bytes = {1, 2, 3};
  Reader reader(bytes);
  EXPECT_EQ(reader.little(2), 0x0201U);
  EXPECT_TRUE(reader.good());
  EXPECT_EQ(reader.little(2), 0U);
  EXPECT_FALSE(reader.good());
  EXPECT_EQ(reader.u8(), 0U);
  EXPECT_TRUE(reader.take(1).empty());
  EXPECT_TRUE(reader.empty());
  EXPECT_FALSE(reader.good());
}

TEST(Cursor, TakesWhatIsLeftEvenIfThatIsNothing) {
  const Bytes bytes = {1, 2};
  Reader reader(bytes);
  EXPECT_THAT(reader.take_all(), ElementsAre(1, 2));
  EXPECT_TRUE(reader.take_all().empty());
  EXPECT_TRUE(reader.good());
}

TEST(CursorDeathTest, WritingOverTheEndIsOurOwnBug) {
  std::array<Byte, 1> buffer;
  Writer writer(buffer);
  writer.u8(1);
  EXPECT_DEATH(writer.u8(2), "internal error");
}

/// Of all numbers with these low bits, the nearest; of two equally near ones, the lower.
std::uint64_t naive_nearest(std::uint64_t low, std::uint64_t modulus, std::uint64_t near) {
  std::uint64_t best = low;
  for (std::uint64_t candidate = low; candidate <= near + modulus; candidate += modulus) {
    const auto distance = [&](std::uint64_t n) { return n > near ? n - near : near - n; };
    if (distance(candidate) < distance(best)) best = candidate;
  }
  return best;
}

TEST(UnwrapNearest, AgreesWithTryingAllCandidates) {
  for (std::uint64_t near = 0; near < 50; ++near) {
    for (std::uint64_t low = 0; low < 16; ++low) {
      EXPECT_EQ(unwrap_nearest(low, 4, near), naive_nearest(low, 16, near)) << low << " near " << near;
    }
  }
}

TEST(UnwrapNearest, NeverGoesBelowZero) {
  EXPECT_EQ(unwrap_nearest(0x3F, 6, 0), 0x3FU);
  EXPECT_EQ(unwrap_nearest(0xFFFFFFFF, 32, 1), 0xFFFFFFFFU);
  EXPECT_EQ(unwrap_nearest(0x7FFFFF, 23, 100), 0x7FFFFFU);
}

TEST(UnwrapNearest, FindsEveryNumberWithinHalfTheRangeOfItsNeighbourhood) {
  Prng random(1);
  for (const unsigned bits : {6U, 13U, 15U, 16U, 23U, 24U, 32U}) {
    const std::uint64_t half = (std::uint64_t{1} << bits) / 2;
    const std::uint64_t mask = 2 * half - 1;
    for (int i = 0; i < 2000; ++i) {
      const std::uint64_t near = (std::uint64_t{1} << 40) + random.below(std::uint64_t{1} << 34);
      const std::uint64_t above = near + random.below(half);
      const std::uint64_t below = near - random.below(half);
      ASSERT_EQ(unwrap_nearest(above & mask, bits, near), above);
      ASSERT_EQ(unwrap_nearest(below & mask, bits, near), below);
    }
    const std::uint64_t near = std::uint64_t{1} << 40;
    EXPECT_EQ(unwrap_nearest((near + half - 1) & mask, bits, near), near + half - 1);
    EXPECT_EQ(unwrap_nearest((near - half) & mask, bits, near), near - half);
    EXPECT_EQ(unwrap_nearest((near - half - 1) & mask, bits, near), near + half - 1);
  }
}

}  // namespace
}  // namespace serialtcp::base
