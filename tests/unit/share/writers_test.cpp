// Who may write to a port that is shared.
#include "share/writers.h"

#include <gtest/gtest.h>

namespace serialtcp::share {
namespace {

TEST(ShareWriters, OneIsWhoeverWritesFirstUntilItLeaves) {
  Writers writers(Writing::one);
  for (const Writers::Id id : {1U, 2U, 3U}) writers.joined(id);
  EXPECT_EQ(writers.holder(), std::nullopt);
  EXPECT_TRUE(writers.claim(2));
  EXPECT_FALSE(writers.claim(1));
  EXPECT_EQ(writers.holder(), 2U);
  writers.left(1);
  EXPECT_FALSE(writers.claim(3));
  writers.left(2);
  EXPECT_EQ(writers.holder(), std::nullopt);
  EXPECT_TRUE(writers.claim(3));
}

TEST(ShareWriters, FirstIsWhoeverIsConnectedLongest) {
  Writers writers(Writing::first);
  for (const Writers::Id id : {1U, 2U, 3U}) writers.joined(id);
  EXPECT_EQ(writers.holder(), 1U) << "also if it writes nothing";
  EXPECT_FALSE(writers.claim(2));
  EXPECT_TRUE(writers.claim(1));
  writers.left(1);
  EXPECT_TRUE(writers.claim(2));
  writers.left(2);
  writers.left(3);
  EXPECT_EQ(writers.holder(), std::nullopt);
}

TEST(ShareWriters, AllMayWrite) {
  Writers writers(Writing::all);
  for (const Writers::Id id : {1U, 2U}) {
    writers.joined(id);
    EXPECT_TRUE(writers.claim(id));
  }
  EXPECT_EQ(writers.holder(), std::nullopt);
}

}  // namespace
}  // namespace serialtcp::share
