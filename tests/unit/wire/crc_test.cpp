// Both ways to compute the CRCs of the protocol give the same, whatever the bytes are and however they are cut.
#include "wire/crc.h"

#include <gtest/gtest.h>

#include "base/prng.h"
#include "wire/crc_tables.h"

namespace serialtcp::wire {
namespace {

TEST(Crc, TheTablesGiveTheKnownValues) {
  const Bytes digits = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};
  EXPECT_EQ(~crc32c_by_table(0xFFFFFFFFU, digits), 0xE3069283U);
  // The value of this CRC without the two inversions: as in Redis, which begins with 0.
  EXPECT_EQ(~crc64_by_table(~std::uint64_t{0}, digits), 0xE9C6D914C4B8D9CAU);
}

TEST(Crc, TheTablesGiveWhatTheLibraryOfThisBuildDoes) {
  base::Prng random(11);
  std::uint32_t small = 0xFFFFFFFFU;
  std::uint32_t small_by_table = small;
  std::uint64_t large = 0;
  std::uint64_t large_by_table = large;
  for (int i = 0; i < 2000; ++i) {
    Bytes bytes(random.below(300));
    for (Byte& byte : bytes) byte = static_cast<Byte>(random.below(256));
    small = crc32c_update(small, bytes);
    small_by_table = crc32c_by_table(small_by_table, bytes);
    large = crc64_update(large, bytes);
    large_by_table = crc64_by_table(large_by_table, bytes);
    ASSERT_EQ(small, small_by_table) << i;
    ASSERT_EQ(large, large_by_table) << i;
  }
  EXPECT_NE(large, 0U);
}

}  // namespace
}  // namespace serialtcp::wire
