// What is passed on at once, and what waits for the next read.
#include "driver/read_gathering.h"

#include <gtest/gtest.h>

namespace serialtcp::io {
namespace {

using namespace std::chrono_literals;
using Next = ReadGathering::Next;

constexpr std::size_t kPtyRead = 4095;

TEST(ReadGathering, WhatASlowLineGivesIsPassedOnAtOnce) {
  ReadGathering gathering;
  Time now{1s};
  for (int i = 0; i < 10; ++i, now += 1ms) {
    EXPECT_EQ(gathering.read(kPtyRead, now), Next::pass_on) << "at 4 MB/s";
    gathering.passed_on();
  }
  for (int i = 0; i < 10; ++i, now += 10us) {
    EXPECT_EQ(gathering.read(100, now), Next::pass_on) << "in small pieces";
    gathering.passed_on();
  }
}

TEST(ReadGathering, WhatAFastLineGivesIsPassedOnInLargerPieces) {
  ReadGathering gathering;
  Time now{1s};
  EXPECT_EQ(gathering.read(kPtyRead, now), Next::pass_on) << "nothing is known yet";
  gathering.passed_on();
  std::size_t gathered = 0;
  do {
    now += 10us;
    gathered += kPtyRead;
  } while (gathering.read(kPtyRead, now) == Next::read_more);
  EXPECT_GE(gathered, ReadGathering::kMost);
  EXPECT_LT(gathered, ReadGathering::kMost + kPtyRead);
}

TEST(ReadGathering, AShortReadEndsIt) {
  ReadGathering gathering;
  const Time now{1s};
  gathering.read(kPtyRead, now);
  gathering.passed_on();
  EXPECT_EQ(gathering.read(kPtyRead, now + 10us), Next::read_more);
  EXPECT_EQ(gathering.read(ReadGathering::kLump - 1, now + 20us), Next::pass_on);
}

TEST(ReadGathering, NothingWaitsLongerThanItMay) {
  ReadGathering gathering;
  const Time now{1s};
  gathering.read(kPtyRead, now);
  gathering.passed_on();
  EXPECT_EQ(gathering.due(), kNever) << "while there is nothing";
  EXPECT_EQ(gathering.read(kPtyRead, now + 100us), Next::read_more);
  EXPECT_EQ(gathering.due(), now + 100us + ReadGathering::kLongest);
  EXPECT_EQ(gathering.read(kPtyRead, now + 300us), Next::read_more);
  EXPECT_EQ(gathering.due(), now + 100us + ReadGathering::kLongest) << "the first bytes count";
  EXPECT_EQ(gathering.read(kPtyRead, now + 400us), Next::pass_on);
}

}  // namespace
}  // namespace serialtcp::io
