// The outbox of a line: bytes in order, and no more memory than they need, also if it never becomes empty.
#include "base/outbox.h"

#include <gtest/gtest.h>

#include "serialtcp/bytes.h"

namespace serialtcp::base {
namespace {

TEST(Outbox, HandsBytesOverInOrder) {
  Outbox outbox;
  Byte next = 0, expected = 0;
  for (std::size_t round = 0; round < 2000; ++round) {
    Bytes more(round % 97);
    for (Byte& byte : more) byte = next++;
    outbox.append(more);
    Bytes taken(round % 89);
    taken.resize(outbox.take(taken));
    for (const Byte byte : taken) ASSERT_EQ(byte, expected++);
  }
  Bytes rest(outbox.size());
  EXPECT_EQ(outbox.take(rest), rest.size());
  for (const Byte byte : rest) ASSERT_EQ(byte, expected++);
  EXPECT_EQ(expected, next);
  EXPECT_TRUE(outbox.empty());
}

TEST(Outbox, NeedsLittleMemoryThoughItNeverBecomesEmpty) {
  Outbox outbox;
  outbox.append(Bytes(100));
  Bytes taken(500);
  for (int i = 0; i < 10'000; ++i) {
    outbox.append(Bytes(500));
    EXPECT_EQ(outbox.take(taken), 500U);
  }
  EXPECT_EQ(outbox.size(), 100U);
  EXPECT_LE(outbox.tail().capacity(), 4 * Outbox::kMostTaken);
}

}  // namespace
}  // namespace serialtcp::base
