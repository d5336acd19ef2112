// The Q method: every state and event of RFC 1143, and that two ends always agree.
#include "telnet/negotiator.h"

#include <gtest/gtest.h>

#include <deque>
#include <utility>

#include "telnet/codes.h"

namespace serialtcp::telnet {
namespace {

using State = Negotiator::State;
using Answer = std::optional<Byte>;
constexpr Byte kOption = 3;

/// A negotiator whose option is in this state.
Negotiator in_state(Side side, State state) {
  Negotiator made;
  const Byte yes = side == Side::us ? kDo : kWill;
  if (state == State::no) return made;
  made.enable(side, kOption);
  if (state == State::want_yes) return made;
  if (state == State::want_yes_opposite) {
    made.disable(side, kOption);
    return made;
  }
  made.receive(yes, kOption);
  if (state == State::yes) return made;
  made.disable(side, kOption);
  if (state == State::want_no_opposite) made.enable(side, kOption);
  return made;
}

struct Row {
  State from;
  enum class Event { yes_arrives, no_arrives, enable, disable } event;
  State to;
  enum class Sent { nothing, yes, no } sent;
};

// RFC 1143, section 7, of an option that is refused to the peer unless we have asked for it.
using enum Row::Event;
using Sent = Row::Sent;
constexpr Row kRows[] = {
    {State::no, yes_arrives, State::no, Sent::no},
    {State::no, no_arrives, State::no, Sent::nothing},
    {State::no, enable, State::want_yes, Sent::yes},
    {State::no, disable, State::no, Sent::nothing},
    {State::yes, yes_arrives, State::yes, Sent::nothing},
    {State::yes, no_arrives, State::no, Sent::no},
    {State::yes, enable, State::yes, Sent::nothing},
    {State::yes, disable, State::want_no, Sent::no},
    {State::want_no, yes_arrives, State::no, Sent::nothing},
    {State::want_no, no_arrives, State::no, Sent::nothing},
    {State::want_no, enable, State::want_no_opposite, Sent::nothing},
    {State::want_no, disable, State::want_no, Sent::nothing},
    {State::want_no_opposite, yes_arrives, State::yes, Sent::nothing},
    {State::want_no_opposite, no_arrives, State::want_yes, Sent::yes},
    {State::want_no_opposite, enable, State::want_no_opposite, Sent::nothing},
    {State::want_no_opposite, disable, State::want_no, Sent::nothing},
    {State::want_yes, yes_arrives, State::yes, Sent::nothing},
    {State::want_yes, no_arrives, State::no, Sent::nothing},
    {State::want_yes, enable, State::want_yes, Sent::nothing},
    {State::want_yes, disable, State::want_yes_opposite, Sent::nothing},
    {State::want_yes_opposite, yes_arrives, State::want_no, Sent::no},
    {State::want_yes_opposite, no_arrives, State::no, Sent::nothing},
    {State::want_yes_opposite, enable, State::want_yes, Sent::nothing},
    {State::want_yes_opposite, disable, State::want_yes_opposite, Sent::nothing},
};

TEST(TelnetNegotiator, FollowsTheTableOfRfc1143) {
  for (const Side side : {Side::us, Side::peer}) {
    const Byte yes = side == Side::us ? kWill : kDo;
    const Byte no = side == Side::us ? kWont : kDont;
    for (const Row& row : kRows) {
      Negotiator negotiator = in_state(side, row.from);
      ASSERT_EQ(negotiator.state(side, kOption), row.from);
      Answer answer;
      if (row.event == yes_arrives) answer = negotiator.receive(side == Side::us ? kDo : kWill, kOption);
      if (row.event == no_arrives) answer = negotiator.receive(side == Side::us ? kDont : kWont, kOption);
      if (row.event == enable) answer = negotiator.enable(side, kOption);
      if (row.event == disable) answer = negotiator.disable(side, kOption);
      const Answer sent = row.sent == Sent::yes ? Answer(yes) : row.sent == Sent::no ? Answer(no) : Answer();
      const int which = int(row.from) * 10 + int(row.event);
      EXPECT_EQ(answer, sent) << which;
      EXPECT_EQ(negotiator.state(side, kOption), row.to) << which;
    }
  }
}

TEST(TelnetNegotiator, AcceptsWhatItMayOnceItIsAskedFor) {
  Negotiator negotiator;
  negotiator.accept(Side::us, kOption);
  EXPECT_EQ(negotiator.receive(kDo, kOption), kWill);
  EXPECT_EQ(negotiator.receive(kDo, kOption), std::nullopt) << "never again";
  EXPECT_EQ(negotiator.receive(kWill, kOption), kDont) << "that is the other side";
}

TEST(TelnetNegotiator, WithoutMessagesLeftNothingIsAgreedTo) {
  Negotiator negotiator({.messages = 2});
  EXPECT_EQ(negotiator.enable(Side::us, kOption), kWill);
  negotiator.accept(Side::peer, kOption);
  EXPECT_EQ(negotiator.receive(kWill, kOption), kDo);
  EXPECT_EQ(negotiator.messages(), 2U);
  EXPECT_EQ(negotiator.receive(kWont, kOption), std::nullopt);
  EXPECT_FALSE(negotiator.in_use(Side::peer, kOption)) << "what the peer does not want is not in use";
  EXPECT_EQ(negotiator.receive(kWill, kOption), std::nullopt);
  EXPECT_FALSE(negotiator.in_use(Side::peer, kOption));
  EXPECT_EQ(negotiator.receive(kDo, kOption), std::nullopt);
  EXPECT_TRUE(negotiator.in_use(Side::us, kOption)) << "it had been asked for";
}

TEST(TelnetNegotiator, ARefusalCanBeSentOnlyOnce) {
  Negotiator patient;
  Negotiator brief({.refusals = Negotiator::Limits::Refusals::once});
  for (const Answer again : {Answer(kWont), Answer()}) {
    EXPECT_EQ(patient.receive(kDo, kOption), kWont);
    EXPECT_EQ(brief.receive(kDo, kOption), again);
  }
}

/// Two ends with queues between them, which change their minds at any moment.
TEST(TelnetNegotiator, TwoEndsNeverLoopAndAgreeInTheEnd) {
  for (unsigned seed = 0; seed < 4096; ++seed) {
    Negotiator ends[2];
    std::deque<Byte> to[2];
    const auto send = [&](int from, Answer verb) {
      if (verb) to[1 - from].push_back(*verb);
    };
    unsigned choices = seed;
    for (int step = 0; step < 6; ++step, choices >>= 2) {
      const int end = step % 2;
      const Side side = (choices & 2U) != 0 ? Side::us : Side::peer;
      send(end, (choices & 1U) != 0 ? ends[end].enable(side, kOption) : ends[end].disable(side, kOption));
    }
    int messages = 0;
    while (!to[0].empty() || !to[1].empty()) {
      ASSERT_LT(++messages, 100) << "a loop, seed " << seed;
      const int end = to[0].empty() || (!to[1].empty() && (seed & 1U) != 0) ? 1 : 0;
      const Byte verb = to[end].front();
      to[end].pop_front();
      send(end, ends[end].receive(verb, kOption));
    }
    EXPECT_EQ(ends[0].state(Side::us, kOption), ends[1].state(Side::peer, kOption)) << seed;
    EXPECT_EQ(ends[1].state(Side::us, kOption), ends[0].state(Side::peer, kOption)) << seed;
    EXPECT_TRUE(ends[0].decided(Side::us, kOption) && ends[0].decided(Side::peer, kOption)) << seed;
  }
}

}  // namespace
}  // namespace serialtcp::telnet
