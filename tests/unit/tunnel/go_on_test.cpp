// When XON is sent, and what follows from its success.
#include "tunnel/go_on.h"

#include <gtest/gtest.h>

namespace serialtcp::tunnel {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart = Time{} + 1h;

using How = GoOn::How;

const Bytes kXoffIsSent{'a', 0x93};

TEST(GoOnTest, FollowsALongSilenceBeforeHellosOfAProcessThatHasSentNoXoff) {
  GoOn go_on;
  EXPECT_FALSE(go_on.is_due_before_hello(kStart));
  EXPECT_FALSE(go_on.is_due_before_hello(kStart + 1900ms));
  EXPECT_TRUE(go_on.is_due_before_hello(kStart + 2s));
  go_on.said(kStart + 2s);
  EXPECT_FALSE(go_on.is_due_before_hello(kStart + 3900ms));
  go_on.heard(kStart + 4s);
  EXPECT_FALSE(go_on.is_due_before_hello(kStart + 5s));
  go_on.sent(kXoffIsSent);
  EXPECT_FALSE(go_on.is_due_before_hello(kStart + 4400ms));
  EXPECT_TRUE(go_on.is_due_before_hello(kStart + 4500ms));
}

TEST(GoOnTest, ComesEverMoreRarelyWhileALinkIsSilent) {
  GoOn go_on;
  go_on.heard(kStart);
  EXPECT_EQ(go_on.due(How::promptly, kNever), kNever);
  EXPECT_EQ(go_on.due(How::promptly, kStart), kStart + 1s);
  EXPECT_EQ(go_on.due(How::promptly, kStart + 3s), kStart + 3s);
  Time now = kStart + 1s;
  for (const Duration pause : {2s, 4s, 8s, 16s, 30s, 30s}) {
    go_on.said(now);
    EXPECT_EQ(go_on.due(How::promptly, kStart), now + pause);
    now += pause;
  }
  go_on.heard(now);
  EXPECT_EQ(go_on.due(How::promptly, now), now + 1s);
}

TEST(GoOnTest, FollowsEachXoffOnceASilenceHasEndedAtOnce) {
  GoOn go_on;
  const auto silence = [&](Time from, Duration until_answer) {
    go_on.heard(from);
    go_on.sent(kXoffIsSent);
    go_on.said(from + 2s);
    go_on.heard(from + 2s + until_answer);
    go_on.sent(kXoffIsSent);
  };
  silence(kStart, 1s);  // it has ended by itself
  EXPECT_EQ(go_on.due(How::promptly, kNever), kNever);
  silence(kStart + 10s, 100ms);
  EXPECT_EQ(go_on.due(How::late, kNever), kNever);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(go_on.due(How::promptly, kNever), Time{});
    go_on.said(kStart + 13s);
    EXPECT_EQ(go_on.due(How::promptly, kNever), kNever);
    go_on.sent(kXoffIsSent);
  }
  EXPECT_EQ(go_on.due(How::promptly, kNever), kNever);
  EXPECT_EQ(go_on.due(How::promptly, kStart), kStart + 14s);
}

}  // namespace
}  // namespace serialtcp::tunnel
