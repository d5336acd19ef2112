// So many at once, so many a second.
#include "base/token_bucket.h"

#include <gtest/gtest.h>

namespace serialtcp::base {
namespace {

using namespace std::chrono_literals;

int taken(TokenBucket& bucket, Time now, int tries) {
  int count = 0;
  for (int i = 0; i < tries; ++i) count += bucket.take(now) ? 1 : 0;
  return count;
}

TEST(TokenBucket, GivesSoManyAtOnceAndSoManyASecondAfterwards) {
  TokenBucket bucket(100, 10);
  const Time start = Time{} + 1h;
  EXPECT_EQ(taken(bucket, start, 1000), 100);
  EXPECT_EQ(taken(bucket, start + 99ms, 1000), 0);
  EXPECT_EQ(taken(bucket, start + 1s, 1000), 10);
  EXPECT_EQ(taken(bucket, start + 3s, 1000), 20);
}

TEST(TokenBucket, IsNeverMoreThanFull) {
  TokenBucket bucket(100, 10);
  EXPECT_EQ(taken(bucket, Time{} + 1h, 1000), 100);
  EXPECT_EQ(taken(bucket, Time{} + 9h, 1000), 100);
}

}  // namespace
}  // namespace serialtcp::base
