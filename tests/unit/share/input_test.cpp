// What a client has sent and the port has not taken: bounded, and in large pieces for a port that takes much.
#include "share/input.h"

#include <gtest/gtest.h>

namespace serialtcp::share {
namespace {

using namespace std::chrono_literals;

struct ShareInput : testing::Test {
  /// The port takes a whole queue, within this time.
  void take_all(Duration within) {
    const std::size_t all = input.room() + input.size();
    input.add(Bytes(input.room(), 'a'));
    time += within / 2;
    input.taken(all / 2);
    input.measure(all / 2, time);
    time += within / 2;
    input.taken(all / 2);
    input.measure(all / 2, time);
  }

  Input input;
  Time time = Time(1h);
};

TEST_F(ShareInput, KeepsTheOrder) {
  input.add(Bytes{1, 2, 3});
  input.add(Bytes{4});
  input.taken(2);
  EXPECT_EQ(input.size(), 2U);
  const ByteView next = input.next();
  EXPECT_EQ(Bytes(next.begin(), next.end()), (Bytes{3, 4}));
  input.clear();
  EXPECT_TRUE(input.empty());
  input.add(Bytes{5});
  EXPECT_EQ(input.next()[0], 5);
}

TEST_F(ShareInput, WantsMoreWhenItIsHalfEmpty) {
  EXPECT_EQ(input.room(), Input::kMost);
  input.add(Bytes(Input::kMost, 'a'));
  EXPECT_EQ(input.room(), 0U);
  input.add(Bytes(1, 'a'));
  EXPECT_EQ(input.room(), 0U) << "one event of telnet may add a little more";
  input.taken(Input::kMost / 2);
  EXPECT_FALSE(input.wants_more());
  input.taken(1);
  EXPECT_TRUE(input.wants_more());
}

TEST_F(ShareInput, GrowsForAPortThatTakesMuchAtOnceAndNotForACable) {
  take_all(Input::kFast);  // since ever
  take_all(Input::kFast);
  EXPECT_EQ(input.room(), 2 * Input::kMost);
  for (int i = 0; i < 5; ++i) take_all(Input::kFast);
  EXPECT_EQ(input.room(), Input::kMostOfFast);
  take_all(3 * Input::kFast);
  EXPECT_EQ(input.room(), Input::kMostOfFast);
  take_all(5 * Input::kFast);
  EXPECT_EQ(input.room(), Input::kMost);
  // 3 Mbaud.
  for (int i = 0; i < 5; ++i) take_all(Duration(std::chrono::seconds(Input::kMost)) / 300'000);
  EXPECT_EQ(input.room(), Input::kMost);
}

}  // namespace
}  // namespace serialtcp::share
