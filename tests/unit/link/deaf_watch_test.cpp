// Whether a line is detected on which an end receives nothing while it sends.
#include "link/deaf_watch.h"

#include <gtest/gtest.h>

namespace serialtcp::link {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart{1000s};
/// After bulk, during which answers were lost.
constexpr DeafWatch::Since kAfterBulk{.missing = 3, .damaged = 500, .sent = 4000, .part_of_line = 0.9};

bool after(DeafWatch& watch, const DeafWatch::Since& since, int times, Duration apart = 1s) {
  bool deaf = false;
  for (int i = 0; i < times; ++i) deaf = watch.frame_in_silence(since, kStart + i * apart);
  return deaf;
}

TEST(DeafWatch, AnswersThatAreLostInBulkAgainAndAgainAreCertain) {
  DeafWatch watch;
  EXPECT_FALSE(after(watch, kAfterBulk, 2)) << "it may have been a cut";
  EXPECT_TRUE(watch.frame_in_silence(kAfterBulk, kStart + 2s));
}

TEST(DeafWatch, AFrameThatArrivesWhileThisEndSendsDisprovesIt) {
  DeafWatch watch;
  after(watch, kAfterBulk, 2);
  watch.frame_while_sending();
  EXPECT_FALSE(after(watch, kAfterBulk, 2));
}

TEST(DeafWatch, DamagedBytesThatArriveWhileThisEndSendsDisproveIt) {
  DeafWatch watch;
  watch.heard_while_sending(100);
  EXPECT_FALSE(after(watch, kAfterBulk, 5));
}

TEST(DeafWatch, TheEndOfALostFrameMayArrive) {
  DeafWatch watch;
  watch.heard_while_sending(12);
  EXPECT_TRUE(after(watch, kAfterBulk, 3));
}

// While somebody types, both are mostly silent, and noise loses frames of either.
TEST(DeafWatch, FramesLostWhileThisEndWasMostlySilentProveNothing) {
  DeafWatch watch;
  EXPECT_FALSE(after(watch, {.missing = 3, .damaged = 60, .sent = 60, .part_of_line = 0.01}, 10));
}

TEST(DeafWatch, AnswersOfWhichNotAByteArrivesAreSuspicious) {
  DeafWatch watch;
  EXPECT_TRUE(after(watch, {.missing = 2, .damaged = 0, .sent = 20, .part_of_line = 0.01}, 3));
}

TEST(DeafWatch, SilenceOfAnIdleLineProvesNothing) {
  DeafWatch watch;
  EXPECT_FALSE(after(watch, {.missing = 2}, 10)) << "nothing was sent";
  EXPECT_FALSE(after(watch, {.sent = 4000, .part_of_line = 0.9}, 10)) << "nothing is missing";
}

// Noise on a fast line.
TEST(DeafWatch, SeveralGapsAtOnceAreOne) {
  DeafWatch watch;
  EXPECT_FALSE(after(watch, kAfterBulk, 10, 5ms));
}

TEST(DeafWatch, AnswersThatArriveAsOftenDisproveIt) {
  DeafWatch watch;
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(watch.frame_in_silence({.sent = 4000, .part_of_line = 0.9}, kStart + i * 1s));
    EXPECT_FALSE(watch.frame_in_silence(kAfterBulk, kStart + i * 1s + 500ms));
  }
}

TEST(DeafWatch, RareLossesAreForgotten) {
  DeafWatch watch;
  EXPECT_FALSE(after(watch, kAfterBulk, 10, 21s));
}

TEST(DeafWatch, FewFramesProveNothing) {
  DeafWatch watch;
  EXPECT_FALSE(after(watch, {.missing = 1, .sent = 4000, .part_of_line = 0.9}, 5));
}

}  // namespace
}  // namespace serialtcp::link
