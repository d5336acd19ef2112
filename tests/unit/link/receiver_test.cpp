// What is reported to the peer about its frames, and when.
#include "link/receiver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace serialtcp::link {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart = Time{} + 1h;

ReceivedFrame small(std::uint64_t number) {
  return {.number = number, .wire_size = 20, .form = wire::NumberForm::bits6, .eliciting = true};
}

ReceivedFrame sized(std::uint64_t number, std::size_t size) {
  ReceivedFrame frame = small(number);
  frame.wire_size = size;
  return frame;
}

void receive(Receiver& receiver, std::initializer_list<std::uint64_t> numbers, Time now = kStart) {
  for (const std::uint64_t number : numbers) receiver.received(small(number), now);
}

/// The numbers that an ack lists as missing, as its reader computes them.
std::set<std::uint64_t> missing_in(const wire::Ack& ack, std::uint64_t largest) {
  std::set<std::uint64_t> missing;
  std::uint64_t next = largest;
  for (std::size_t i = 0; i < ack.gap_count; ++i) {
    next -= ack.gaps[i].received;
    for (int k = 0; k < ack.gaps[i].missing; ++k) missing.insert(next--);
  }
  return missing;
}

TEST(Receiver, HasNothingToSayAtFirst) {
  const Receiver receiver;
  EXPECT_FALSE(receiver.ack_pending());
  EXPECT_EQ(receiver.ack_due(), kNever);
  EXPECT_EQ(receiver.largest(), 0U);
  EXPECT_TRUE(receiver.seen(0));
  EXPECT_FALSE(receiver.seen(1));
}

TEST(Receiver, LetsAnAckOfLittleWaitForSomethingToRideOn) {
  Receiver receiver;
  receive(receiver, {1});
  EXPECT_TRUE(receiver.ack_pending());
  EXPECT_EQ(receiver.ack_due(), kStart + kAckDelay);
  receive(receiver, {2}, kStart + 50ms);
  EXPECT_EQ(receiver.ack_due(), kStart + kAckDelay) << "the delay counts from the first frame";
}

TEST(Receiver, DoesNotAcknowledgeAnAck) {
  Receiver receiver;
  ReceivedFrame frame = small(1);
  frame.eliciting = false;
  receiver.received(frame, kStart);
  EXPECT_FALSE(receiver.ack_pending());
  EXPECT_EQ(receiver.largest(), 1U);
}

TEST(Receiver, AnswersAtOnceWhenAsked) {
  Receiver receiver;
  ReceivedFrame ping = small(1);
  ping.eliciting = false;
  ping.answer_at_once = true;
  receiver.received(ping, kStart);
  EXPECT_LE(receiver.ack_due(), kStart);
  EXPECT_TRUE(receiver.make_ack(kStart).ack.arrival) << "whoever asks wants to measure";
}

ReceivedFrame request(std::uint64_t number) {
  return {.number = number, .wire_size = 12, .form = wire::NumberForm::bits6, .answer_at_once = true};
}

// The peer may be unable to receive just after it has sent.
TEST(Receiver, DelaysAnswersThatAreRequestedAgainAndAgain) {
  Receiver receiver;
  Time now = kStart;
  std::vector<Duration> delays;
  for (std::uint64_t i = 1; i <= 7; ++i) {
    receiver.received(request(i), now);
    delays.push_back(std::max(Duration{}, receiver.ack_due() - now));
    receiver.make_ack(now);
    now += 2s;
  }
  EXPECT_EQ(delays, (std::vector<Duration>{0ms, 0ms, 0ms, 10ms, 50ms, 400ms, 0ms}));
  receiver.received(small(8), now);
  receiver.received(request(9), now);
  EXPECT_LE(receiver.ack_due(), now) << "the peer has gone on";
}

TEST(Receiver, AnswersAnIdlePeerAtOnceEachTime) {
  Receiver receiver;
  for (std::uint64_t i = 1; i <= 6; ++i) {
    receiver.received(request(i), kStart + i * 4s);
    EXPECT_LE(receiver.ack_due(), kStart + i * 4s);
    receiver.make_ack(kStart + i * 4s);
  }
}

TEST(Receiver, AcknowledgesAKilobyteSoonAndMuchAtOnce) {
  Receiver receiver;
  receiver.received(sized(1, 1024), kStart);
  receiver.make_ack(kStart);
  receiver.received(sized(2, 1024), kStart);
  EXPECT_GT(receiver.ack_due(), kStart);
  EXPECT_LE(receiver.ack_due(), kStart + 10ms);
  for (std::uint64_t i = 3; i < 20; ++i) receiver.received(sized(i, 4096), kStart);
  EXPECT_LE(receiver.ack_due(), kStart);
}

TEST(Receiver, SaysItAllInOneByteWhenNothingIsMissing) {
  Receiver receiver;
  receive(receiver, {1, 2, 3});
  const auto made = receiver.make_ack(kStart);
  EXPECT_TRUE(made.ack.brief);
  EXPECT_EQ(made.ack.largest, 3U);
  EXPECT_FALSE(receiver.ack_pending());
  EXPECT_EQ(receiver.ack_due(), kNever);
}

TEST(Receiver, UsesTheLongFormWhenTheNumbersAreFarApart) {
  Receiver receiver;
  ReceivedFrame frame = small(1);
  frame.form = wire::NumberForm::bits13;
  receiver.received(frame, kStart);
  EXPECT_FALSE(receiver.make_ack(kStart).ack.brief);
}

TEST(Receiver, TellsWhenALargeFrameArrived) {
  Receiver receiver;
  const Time arrival = Time{} + wire::kArrivalUnit * ((1LL << wire::kArrivalBits) + 77);
  receiver.received(sized(1, 500), arrival);
  const auto made = receiver.make_ack(arrival + 5ms);
  ASSERT_TRUE(made.ack.arrival);
  EXPECT_EQ(*made.ack.arrival, 77U) << "modulo 2^24 units";
  receiver.received(small(2), arrival + 6ms);
  EXPECT_FALSE(receiver.make_ack(arrival + 6ms).ack.arrival) << "a small frame measures nothing";
}

TEST(Receiver, TellsWhenASmallFrameArrivedThatFollowedALargeOne) {
  Receiver receiver;
  receiver.received(sized(1, 500), kStart);
  receiver.received(small(2), kStart + wire::kArrivalUnit);
  const wire::Ack ack = receiver.make_ack(kStart + 5ms).ack;
  EXPECT_EQ(ack.largest, 2U);
  ASSERT_TRUE(ack.arrival);
  receiver.received(sized(3, 500), kStart);
  EXPECT_EQ(*ack.arrival, (*receiver.make_ack(kStart).ack.arrival + 1) % (1U << wire::kArrivalBits));
}

TEST(Receiver, ReportsAGapAtOnce) {
  Receiver receiver;
  receive(receiver, {1, 2, 5});
  EXPECT_LE(receiver.ack_due(), kStart);
  const auto made = receiver.make_ack(kStart);
  EXPECT_FALSE(made.ack.brief);
  EXPECT_EQ(made.ack.largest, 5U);
  ASSERT_EQ(made.ack.gap_count, 1U);
  EXPECT_EQ(made.ack.gaps[0], (wire::AckGap{1, 2}));
}

TEST(Receiver, ReportsAGapEvenBehindAFrameThatNeedsNoAck) {
  Receiver receiver;
  ReceivedFrame frame = small(2);
  frame.eliciting = false;
  receiver.received(frame, kStart);
  EXPECT_TRUE(receiver.ack_pending());
  EXPECT_LE(receiver.ack_due(), kStart);
}

TEST(Receiver, ReportsDamageAtOnce) {
  Receiver receiver;
  receive(receiver, {1});
  receiver.make_ack(kStart);
  receiver.damaged(kStart);
  EXPECT_TRUE(receiver.ack_pending());
  EXPECT_LE(receiver.ack_due(), kStart);
  const auto made = receiver.make_ack(kStart);
  EXPECT_TRUE(made.ack.damaged);
  EXPECT_FALSE(receiver.make_ack(kStart).ack.damaged) << "said once";
}

TEST(Receiver, TakesDamageBackWhenTheNextFrameShowsWhatItWas) {
  Receiver receiver;
  receive(receiver, {1});
  receiver.damaged(kStart);
  receive(receiver, {3});
  const auto made = receiver.make_ack(kStart);
  EXPECT_FALSE(made.ack.damaged);
  EXPECT_EQ(missing_in(made.ack, 3), (std::set<std::uint64_t>{2}));
}

TEST(Receiver, GoesOnReportingAGapUntilItIsSettled) {
  Receiver receiver;
  receive(receiver, {1, 3});
  const auto first = receiver.make_ack(kStart);
  receive(receiver, {4});
  const auto second = receiver.make_ack(kStart);
  EXPECT_EQ(missing_in(second.ack, 4), (std::set<std::uint64_t>{2}));
  receiver.settled(first.settles);
  receive(receiver, {5});
  const auto third = receiver.make_ack(kStart);
  EXPECT_EQ(third.ack.gap_count, 0U);
  EXPECT_TRUE(third.ack.brief);
}

TEST(Receiver, DoesNotSettleAGapThatCameAfterTheAck) {
  Receiver receiver;
  receive(receiver, {1, 2});
  const auto made = receiver.make_ack(kStart);
  receive(receiver, {5});
  receiver.settled(made.settles);
  EXPECT_EQ(missing_in(receiver.make_ack(kStart).ack, 5), (std::set<std::uint64_t>{3, 4}));
}

TEST(Receiver, KnowsWhatItHasSeen) {
  Receiver receiver;
  receive(receiver, {1, 2, 5});
  EXPECT_TRUE(receiver.seen(2));
  EXPECT_FALSE(receiver.seen(3));
  EXPECT_FALSE(receiver.seen(4));
  EXPECT_TRUE(receiver.seen(5));
  EXPECT_FALSE(receiver.seen(6));
  receive(receiver, {4});
  EXPECT_TRUE(receiver.seen(4));
  EXPECT_EQ(receiver.largest(), 5U);
  EXPECT_EQ(missing_in(receiver.make_ack(kStart).ack, 5), (std::set<std::uint64_t>{3}));
}

TEST(Receiver, TakesAFrameThatItHasGivenUpOnForSeen) {
  Receiver receiver;
  receive(receiver, {1, 3});
  receiver.settled(receiver.make_ack(kStart).settles);
  EXPECT_TRUE(receiver.seen(2)) << "the peer has been told that it is lost and sends its contents again";
}

TEST(Receiver, ListsTheNewestGapsAndSaysThatThereAreMore) {
  Receiver receiver;
  for (std::uint64_t number = 2; number <= 100; number += 2) receive(receiver, {number});
  const auto made = receiver.make_ack(kStart);
  EXPECT_EQ(made.ack.gap_count, limits::kMaxAckRanges);
  EXPECT_TRUE(made.ack.more);
  std::set<std::uint64_t> newest;
  for (std::uint64_t i = 0; i < limits::kMaxAckRanges; ++i) newest.insert(99 - 2 * i);
  EXPECT_EQ(missing_in(made.ack, 100), newest);
  // The peer's ack of that settles only what was reported; then the older ones are reported.
  receiver.settled(made.settles);
  receive(receiver, {101});
  const auto second = receiver.make_ack(kStart);
  const auto older = missing_in(second.ack, 101);
  ASSERT_FALSE(older.empty());
  EXPECT_EQ(*older.rbegin(), *newest.begin() - 2);
}

TEST(Receiver, SaysLongRunsInSeveralPieces) {
  Receiver receiver;
  receive(receiver, {1});
  receiver.received(small(602), kStart);
  for (std::uint64_t number = 603; number <= 1200; ++number) receive(receiver, {number});
  const auto made = receiver.make_ack(kStart);
  const auto missing = missing_in(made.ack, 1200);
  EXPECT_EQ(missing.size(), 600U);
  EXPECT_EQ(*missing.begin(), 2U);
  EXPECT_EQ(*missing.rbegin(), 601U);
  EXPECT_FALSE(made.ack.more);
}

TEST(Receiver, SaysAsMuchOfAnEndlessGapAsFits) {
  Receiver receiver;
  receiver.received(small(1'000'000), kStart);
  const auto made = receiver.make_ack(kStart);
  EXPECT_EQ(made.ack.gap_count, limits::kMaxAckRanges);
  EXPECT_TRUE(made.ack.more);
  EXPECT_EQ(missing_in(made.ack, 1'000'000).size(), 255 * limits::kMaxAckRanges);
}

}  // namespace
}  // namespace serialtcp::link
