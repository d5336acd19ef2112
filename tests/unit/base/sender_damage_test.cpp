// How a sender treats reports of damage, which may be wrong.
#include "sender_fixture.h"

namespace serialtcp::link {
namespace {

/// The peer reports damage while it has only part of a frame; then the rest arrives.
class DamageReports : public SenderTest {
 protected:
  wire::Ack damage_after(std::uint64_t largest) {
    wire::Ack ack = ack_of(largest);
    ack.damaged = true;
    return ack;
  }
  /// Frames 1 and 2 are sent, and the report that 2 was damaged turns out to be wrong after 50 ms.
  void false_report() {
    send(2);
    now_ += 1s;
    acknowledge(damage_after(1));
    EXPECT_THAT(lost(), ElementsAre(2));
    now_ += 50ms;
    acknowledge(ack_of(2));
  }
};

TEST_F(DamageReports, OfAFrameThatArrivedAfterAllAreTakenBack) {
  const std::size_t longest = sender_.frame_length().payload(kRate, false);
  false_report();
  EXPECT_THAT(delivered(), ElementsAre(2));
  EXPECT_THAT(lost(), IsEmpty());
  EXPECT_THAT(outcome_.settled, ElementsAre(base::Range{0, 2})) << "what its ack said counts";
  EXPECT_EQ(sender_.frames_lost(), 0U);
  EXPECT_FALSE(sender_.frame_length().line_is_noisy());
  EXPECT_GE(sender_.frame_length().payload(kRate, false), longest) << "the line is no worse for it";
  EXPECT_FALSE(sender_.awaiting());
  acknowledge(ack_of(2));
  EXPECT_THAT(delivered(), IsEmpty()) << "delivered twice";
}

TEST_F(DamageReports, ThatAreConfirmedCountOnce) {
  send(3);
  now_ += 1s;
  acknowledge(damage_after(1));
  EXPECT_THAT(lost(), ElementsAre(2));
  acknowledge(ack_of(3, {{1, 1}}));
  EXPECT_THAT(delivered(), ElementsAre(3));
  EXPECT_THAT(lost(), IsEmpty());
  EXPECT_EQ(sender_.frames_lost(), 1U);
}

TEST_F(DamageReports, AreNotBelievedAtOnceAfterAWrongOne) {
  false_report();
  send(1);
  now_ += 10ms;
  acknowledge(damage_after(2));
  EXPECT_THAT(lost(), IsEmpty());
  const Time due = sender_.suspicion_due();
  EXPECT_GT(due, now_ + 50ms) << "the last one was wrong for so long";
  EXPECT_LT(due, now_ + 200ms);
  now_ += 50ms;
  acknowledge(ack_of(3));
  EXPECT_THAT(delivered(), ElementsAre(3));
  EXPECT_EQ(sender_.suspicion_due(), kNever);
}

TEST_F(DamageReports, AreBelievedAgainAfterSomeThatWereRight) {
  false_report();
  for (int i = 0; i < 20; ++i) {
    send(1);
    const std::uint64_t number = sender_.next_number() - 1;
    now_ += 10ms;
    acknowledge(damage_after(number - 1));
    if (sender_.suspicion_due() == kNever) {
      EXPECT_THAT(lost(), ElementsAre(number)) << "at once";
      EXPECT_GT(i, 2);
      return;
    }
    EXPECT_THAT(lost(), IsEmpty());
    now_ = sender_.suspicion_due();
    outcome_ = {};
    sender_.suspicion_is_over(now_, outcome_);
    EXPECT_THAT(lost(), ElementsAre(number));
    EXPECT_EQ(sender_.suspicion_due(), kNever);
    send(1);
    acknowledge(ack_of(number + 1, {{1, 1}}));
  }
  FAIL() << "doubted for ever";
}

TEST_F(DamageReports, DoNotGiveUpDatagramsBeforeTheyAreConfirmed) {
  kind_ = Ticket::Kind::datagram;
  send(3);
  now_ += 1s;
  acknowledge(damage_after(1));
  EXPECT_THAT(lost(), IsEmpty());
  acknowledge(ack_of(3, {{1, 1}}));
  EXPECT_THAT(lost(), ElementsAre(2));
}

TEST_F(DamageReports, WithoutEndCostNoMemory) {
  kind_ = Ticket::Kind::datagram;
  send(500);
  now_ += 10s;
  std::size_t given_up = 0;
  for (int i = 0; i < 500; ++i) {
    acknowledge(damage_after(0));
    given_up += outcome_.lost.size();
  }
  EXPECT_GT(given_up, 400U);
  EXPECT_EQ(sender_.frames_in_flight(), 0U);
}

}  // namespace
}  // namespace serialtcp::link
