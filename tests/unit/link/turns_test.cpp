// Which end has the turn: two ends without a line between them.
#include "link/turns.h"

#include <gtest/gtest.h>

namespace serialtcp::link {
namespace {

using namespace std::chrono_literals;
using Typing = Air::Typing;
using More = Turns::More;
using Awaits = Turns::Awaits;

constexpr Time kStart{1000s};
constexpr std::uint64_t kRate = 5760;

Turns turns(Turns::Holder first, Turns::Session session = Turns::Session::lower,
            Turns::Use use = Turns::Use::agreed) {
  Turns turns;
  turns.begin(use, first, session, kRate, kStart);
  return turns;
}

/// Sends 20 bytes at once, and passes the turn on.
Turns::Said say(Turns& turns, Time now, More more = More::no, Awaits awaits = Awaits::answer,
                double random = 0) {
  turns.talk(0, now);
  const Turns::Said said = turns.hand_over(more, awaits, Typing::no, random);
  turns.left(20, now + 3ms);
  return said;
}

void hear(Turns& turns, const Turns::Said& said, Time now) {
  turns.heard_bytes(20, now);
  turns.heard_frame({.bytes = 20, .turn = said}, now);
}

TEST(Turns, GoBackAndForth) {
  Turns a = turns(Turns::Holder::us);
  Turns b = turns(Turns::Holder::peer, Turns::Session::higher);
  EXPECT_TRUE(a.may_talk(kStart));
  EXPECT_FALSE(b.may_talk(kStart));
  hear(b, say(a, kStart), kStart + 50ms);
  EXPECT_FALSE(a.may_talk(kStart + 50ms));
  EXPECT_TRUE(b.may_talk(kStart + 50ms));
  hear(a, say(b, kStart + 50ms), kStart + 100ms);
  EXPECT_TRUE(a.may_talk(kStart + 100ms));
  EXPECT_FALSE(b.may_talk(kStart + 100ms));
}

TEST(Turns, AreNobodysWhenNothingIsAwaited) {
  Turns a = turns(Turns::Holder::us);
  say(a, kStart, More::no, Awaits::nothing);
  EXPECT_TRUE(a.may_talk(kStart + 10ms));
  a.heard_bytes(1, kStart + 20ms);
  EXPECT_FALSE(a.may_talk(kStart + 20ms)) << "the other end has begun";
}

TEST(Turns, AnAnswerIsOwedToWhoWantsTheTurnBack) {
  Turns a = turns(Turns::Holder::us);
  Turns b = turns(Turns::Holder::peer, Turns::Session::higher);
  hear(b, say(a, kStart, More::yes), kStart + 50ms);
  EXPECT_TRUE(b.answer_owed());
  hear(a, say(b, kStart + 50ms, More::no), kStart + 90ms);
  EXPECT_FALSE(a.answer_owed());
}

TEST(Turns, TheEndThatHandedOverLastTakesALostTurnFirst) {
  Turns a = turns(Turns::Holder::us);
  Turns b = turns(Turns::Holder::peer, Turns::Session::higher);
  say(a, kStart, More::yes);
  b.heard_bytes(10, kStart + 3ms);  // damaged
  ASSERT_NE(a.silence_due(), kNever);
  EXPECT_LT(a.silence_due() + 100ms, b.silence_due());
  EXPECT_LE(b.silence_due(), kStart + 5s) << "not for ever";
}

TEST(Turns, ATurnThatWasTakenCountsBeforeTheOneThatWasNotHeard) {
  Turns a = turns(Turns::Holder::us);
  Turns b = turns(Turns::Holder::peer, Turns::Session::higher);
  hear(b, say(a, kStart), kStart + 50ms);
  say(b, kStart + 50ms);  // lost
  const Turns::Said again = say(a, a.silence_due());
  EXPECT_TRUE(again.taken);
  hear(b, again, kStart + 3s);
  EXPECT_TRUE(b.may_talk(kStart + 4s));
}

TEST(Turns, OfTwoThatCrossedOneCounts) {
  Turns a = turns(Turns::Holder::nobody, Turns::Session::lower);
  Turns b = turns(Turns::Holder::nobody, Turns::Session::higher);
  const Turns::Said from_a = say(a, kStart);
  const Turns::Said from_b = say(b, kStart);
  hear(a, from_b, kStart + 50ms);
  hear(b, from_a, kStart + 50ms);
  EXPECT_TRUE(a.may_talk(kStart + 50ms));
  EXPECT_FALSE(b.may_talk(kStart + 50ms));
}

TEST(Turns, OldOnesDoNotCount) {
  Turns a = turns(Turns::Holder::us);
  Turns b = turns(Turns::Holder::peer, Turns::Session::higher);
  const Turns::Said first = say(a, kStart);
  hear(b, first, kStart + 50ms);
  say(b, kStart + 50ms);
  hear(b, first, kStart + 60ms);
  EXPECT_FALSE(b.may_talk(kStart + 60ms));
}

TEST(Turns, PatienceGrowsWithTurnsTakenInVainAndDiffersAtRandom) {
  Turns a = turns(Turns::Holder::us);
  Time now = kStart;
  std::vector<Duration> waits;
  for (int i = 0; i < 10; ++i) {
    say(a, now);
    waits.push_back(a.silence_due() - now);
    now = a.silence_due();
  }
  EXPECT_LT(waits.front(), 1s);
  EXPECT_GT(waits.back(), 3s);
  EXPECT_LT(waits.back(), 7s);
  Turns b = turns(Turns::Holder::us);
  say(b, kStart, More::no, Awaits::answer, 0.9);
  EXPECT_GT(b.silence_due() - kStart, waits.front() * 5 / 4);
}

TEST(Turns, WhoHearsNoSilenceTalksAllTheSame) {
  Turns a = turns(Turns::Holder::us);
  say(a, kStart, More::yes);
  for (Time now = kStart; now < kStart + 60s; now += 10ms) {
    if (a.may_talk(now)) return;
    a.heard_bytes(3, now);
  }
  FAIL() << "noise kept it silent for a minute";
}

TEST(Turns, WaitBeforeTheyBeginWhereThePeerIsDeafAfterItsOwn) {
  Turns a = turns(Turns::Holder::peer);
  Time now = kStart;
  Turns::Said given{.number = 1, .more = More::yes, .longest = 100};
  for (int i = 0; i < 6; ++i) {
    hear(a, given, now);
    say(a, a.talk_due());
    // The peer has received nothing, and takes the turn.
    given.number = static_cast<std::uint8_t>(given.number + 2);
    given.taken = true;
    now += 200ms;
  }
  hear(a, given, now);
  EXPECT_GT(a.talk_due() - now, 100ms);
  EXPECT_LE(a.talk_due() - now, 400ms);
}

TEST(Turns, APeerThatKnowsNoneHasFinishedWhenItIsQuiet) {
  Turns a = turns(Turns::Holder::us, Turns::Session::lower, Turns::Use::alone);
  a.talk(0, kStart);
  a.await_answer(0);
  a.left(20, kStart + 3ms);
  EXPECT_FALSE(a.may_talk(kStart + 100ms));
  a.heard_bytes(20, kStart + 110ms);
  a.heard_frame({.bytes = 20}, kStart + 110ms);
  EXPECT_FALSE(a.may_talk(kStart + 120ms));
  EXPECT_TRUE(a.may_talk(kStart + 140ms));
}

void answered(Air& air, const Air::Turn& turn, const std::optional<Air::Measured>& measured = {}) {
  air.learn(turn);
  if (measured) air.learn(*measured, turn);
}

/// 2000 bytes per second, and 80 ms for a change and back.
Air known_air() {
  Air air(kRate);
  answered(air, {.bytes = 20, .answered = 90ms, .after_end = 80ms, .burst = air.burst()});
  answered(air, {.bytes = 120, .answered = 140ms, .after_end = 110ms, .burst = air.burst()},
           Air::Measured{.bytes = 119, .span = 59500us});
  return air;
}

TEST(Air, LearnsTheRateFromOneBurst) {
  const Air air = known_air();
  EXPECT_NEAR(air.rate(), 2000, 1);
  EXPECT_GT(air.turn_bytes(Typing::no), 500U);
  EXPECT_LT(air.turn_bytes(Typing::yes), air.turn_bytes(Typing::no));
}

TEST(Air, NoiseDoesNotMakeItSlowerAndSlower) {
  Air air = known_air();
  for (int i = 0; i < 1000; ++i) {
    answered(air, {.bytes = 900, .answered = 600ms, .after_end = 50ms, .lost = 100, .burst = air.burst()},
             Air::Measured{.bytes = 780, .span = 480ms});
  }
  EXPECT_GE(air.rate(), 1700);
  EXPECT_GE(air.burst(), 80U);
}

TEST(Air, AnAirThatBecomesSlowerIsFollowed) {
  Air air = known_air();
  for (int i = 0; i < 2; ++i) {
    answered(air, {.bytes = 900, .answered = 1600ms, .after_end = 1s, .lost = 300, .burst = air.burst()},
             Air::Measured{.bytes = 600, .span = 1200ms});
  }
  EXPECT_NEAR(air.rate(), 500, 5);
}

TEST(Air, AnAirThatWasMeasuredTooSlowIsFoundFasterWithinSomeTurns) {
  Air air = known_air();
  for (int i = 0; i < 20; ++i) {
    // Everything arrives as fast as it was sent, up to 5000 per second.
    const double rate = std::min(air.rate(), 5000.0);
    const Duration span(static_cast<Duration::rep>(1e9 * 999 / rate));
    answered(air, {.bytes = 1000, .answered = span + 81ms, .after_end = 80ms, .burst = 128},
             Air::Measured{.bytes = 999, .span = span});
  }
  EXPECT_GE(air.rate(), 4900);
  EXPECT_LE(air.rate(), 5000 * 1.4);
}

// Bulk has no short turns.
TEST(Air, LearnsWhatAChangeCostsFromLongTurns) {
  Air air = known_air();
  for (int i = 0; i < 5; ++i) {
    answered(air, {.bytes = 1000, .answered = 500ms + 260ms, .after_end = 0ms, .burst = 128},
             Air::Measured{.bytes = 999, .span = 500ms});
  }
  EXPECT_NEAR(static_cast<double>(air.turn_round() / 1us), 260e3, 1e3);
  EXPECT_GE(air.longest_turn(Typing::no), 2500ms);
}

TEST(Air, OneAnswerThatCrossedATurnOrCameLateDoesNotCount) {
  for (const Duration odd : {Duration{}, Duration{3s}}) {
    Air air = known_air();
    const Duration before = air.turn_round();
    answered(air, {.bytes = 20, .answered = odd, .after_end = odd, .burst = air.burst()});
    EXPECT_GE(air.turn_round(), before / 2);
    EXPECT_LE(air.turn_round(), before * 2);
  }
}

TEST(Air, WhatWasMeasuredOfAnotherTurnDoesNotCount) {
  Air air = known_air();
  answered(air, {.bytes = 26, .answered = 100ms, .after_end = 80ms, .burst = air.burst()},
           Air::Measured{.bytes = 77, .span = 585ms});
  EXPECT_NEAR(air.rate(), 2000, 1);
}

TEST(Air, AnAnswerThatDidNotComeInTimeIsAwaitedLonger) {
  Air air = known_air();
  const Duration before = air.patience();
  for (int i = 0; i < 4; ++i) air.learn_silence({.bytes = 100, .burst = 100});
  EXPECT_GE(air.patience(), 4 * before);
  answered(air, {.bytes = 20, .answered = 90ms, .after_end = 80ms, .burst = air.burst()});
  EXPECT_LE(air.patience(), 2 * before);
}

// Two ends collide while a link comes up. If that counted, the whole next turn would be sent at the rate of
// the port.
TEST(Air, ALossInAShortTurnSaysNothingOfTheBuffer) {
  Air air(kRate);
  const std::size_t before = air.burst();
  answered(air, {.bytes = 48, .answered = 90ms, .after_end = 80ms, .lost = 20, .burst = air.burst()});
  EXPECT_EQ(air.burst(), before);
  EXPECT_LT(air.turn_bytes(Typing::no), before);
}

TEST(Air, ABurstThatDidNotFitBecomesShorter) {
  for (const bool whole_end : {true, false}) {
    Air air = known_air();
    const std::size_t before = air.burst();
    const Air::Turn turn{.bytes = 300, .burst = 300};
    whole_end ? air.learn_silence(turn) : air.learn_loss(turn);
    EXPECT_LT(air.burst(), before);
  }
}

}  // namespace
}  // namespace serialtcp::link
