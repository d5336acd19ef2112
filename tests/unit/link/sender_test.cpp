// The fate of frames in flight: delivered, lost or not covered; malformed acks; probes.
#include "link/sender.h"

#include "base/prng.h"
#include "link/receiver.h"
#include "sender_fixture.h"
#include "serialtcp/config.h"

namespace serialtcp::link {
namespace {

TEST_F(SenderTest, NumbersFramesFromOneAndForgetsThemOnceAcknowledged) {
  EXPECT_EQ(sender_.next_number(), 1U);
  send(3);
  EXPECT_EQ(sender_.next_number(), 4U);
  EXPECT_EQ(sender_.frames_in_flight(), 3U);
  EXPECT_TRUE(sender_.awaiting());
  EXPECT_EQ(acknowledge(ack_of(3)), std::nullopt);
  EXPECT_THAT(delivered(), ElementsAre(1, 2, 3));
  EXPECT_THAT(lost(), IsEmpty());
  EXPECT_EQ(sender_.frames_in_flight(), 0U);
  EXPECT_FALSE(sender_.awaiting());
  EXPECT_EQ(sender_.acked(), 3U);
}

TEST_F(SenderTest, KeepsFramesAboveTheAck) {
  send(3);
  acknowledge(ack_of(2));
  EXPECT_THAT(delivered(), ElementsAre(1, 2));
  EXPECT_EQ(sender_.frames_in_flight(), 1U);
  EXPECT_TRUE(sender_.awaiting());
}

TEST_F(SenderTest, FindsWhatTheAckCallsMissingLost) {
  send(9);
  acknowledge(ack_of(9, {{2, 1}, {3, 2}}));
  EXPECT_THAT(lost(), ElementsAre(2, 3, 7));
  EXPECT_THAT(delivered(), ElementsAre(1, 4, 5, 6, 8, 9));
  EXPECT_EQ(sender_.frames_lost(), 3U);
}

TEST_F(SenderTest, FindsWhatTheAckSaysNothingOfLost) {
  send(9);
  wire::Ack ack = ack_of(9, {{2, 1}});
  ack.more = true;
  acknowledge(ack);
  EXPECT_THAT(delivered(), ElementsAre(8, 9));
  EXPECT_THAT(lost(), ElementsAre(1, 2, 3, 4, 5, 6, 7));
  EXPECT_EQ(sender_.frames_in_flight(), 0U);
}

TEST_F(SenderTest, TellsWhichReportsThePeerHasHeard) {
  send(2);
  acknowledge(ack_of(2, {{1, 1}}));
  EXPECT_THAT(outcome_.settled, ElementsAre(base::Range{0, 2}));
}

TEST_F(SenderTest, UnderstandsABriefAckOfSixBits) {
  send(70);
  acknowledge(ack_of(60));
  wire::Ack brief;
  brief.brief = true;
  brief.largest = 70 & 0x3F;
  EXPECT_EQ(acknowledge(brief), std::nullopt);
  EXPECT_THAT(delivered(), ElementsAre(61, 62, 63, 64, 65, 66, 67, 68, 69, 70));
}

TEST_F(SenderTest, UnderstandsSixteenBitsAcrossTheirEnd) {
  for (int i = 0; i < 70; ++i) {
    send(1000);
    ASSERT_EQ(acknowledge(ack_of(sender_.next_number() - 1)), std::nullopt);
    ASSERT_EQ(delivered().size(), 1000U);
  }
  EXPECT_EQ(sender_.acked(), 70'000U);
}

TEST_F(SenderTest, RefusesAnAckOfAFrameNeverSent) {
  EXPECT_EQ(acknowledge(ack_of(1)), AckError::never_sent);
  send(3);
  EXPECT_EQ(acknowledge(ack_of(4)), AckError::never_sent);
  EXPECT_EQ(acknowledge(ack_of(0xFFFF)), AckError::never_sent);
  EXPECT_EQ(sender_.frames_in_flight(), 3U);
}

TEST_F(SenderTest, RefusesAnAckThatGoesBack) {
  send(9);
  acknowledge(ack_of(5));
  EXPECT_EQ(acknowledge(ack_of(4)), AckError::never_sent);
}

TEST_F(SenderTest, RefusesGapsThatReachBelowTheFirstFrame) {
  send(9);
  EXPECT_EQ(acknowledge(ack_of(9, {{4, 6}})), AckError::malformed);
  EXPECT_EQ(acknowledge(ack_of(9, {{4, 2}, {255, 255}})), AckError::malformed);
  EXPECT_EQ(sender_.frames_in_flight(), 9U) << "nothing of a malformed ack counts";
  EXPECT_EQ(acknowledge(ack_of(9, {{4, 5}})), std::nullopt);
  EXPECT_THAT(lost(), ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(SenderTest, HearsTheSameAckTwiceWithoutHarm) {
  send(3);
  acknowledge(ack_of(3));
  EXPECT_EQ(acknowledge(ack_of(3)), std::nullopt);
  EXPECT_THAT(delivered(), IsEmpty());
}

TEST_F(SenderTest, SuspectsTheFirstFrameAfterTheLastGoodOneWhenSomethingWasDamaged) {
  send(4);
  now_ += 1s;
  wire::Ack ack = ack_of(2);
  ack.damaged = true;
  acknowledge(ack);
  EXPECT_THAT(delivered(), ElementsAre(1, 2));
  EXPECT_THAT(lost(), ElementsAre(3));
  EXPECT_EQ(sender_.frames_in_flight(), 1U);
}

TEST_F(SenderTest, SuspectsNoFrameThatCannotHaveArrivedYet) {
  send(1, 2000);
  wire::Ack ack = ack_of(0);
  ack.damaged = true;
  acknowledge(ack);
  EXPECT_THAT(lost(), IsEmpty()) << "it takes 174 ms to leave";
  compose();
  now_ += 1s;
  acknowledge(ack);
  EXPECT_THAT(lost(), ElementsAre(1));
  acknowledge(ack);
  EXPECT_THAT(lost(), IsEmpty()) << "the second one has not been handed over";
}

TEST_F(SenderTest, AwaitsNothingForAnAckThatItSent) {
  send_ack_only();
  EXPECT_FALSE(sender_.awaiting());
  EXPECT_EQ(sender_.probe_due(), kNever);
}

TEST_F(SenderTest, ProbesWhenNothingWasHeardForLongerThanThePeerMayTake) {
  send();
  const Time due = sender_.probe_due();
  EXPECT_GT(due, now_ + kAckDelay);
  EXPECT_LT(due, now_ + 2s);
}

TEST_F(SenderTest, DoesNotProbeBeforeTheFrameHasLeft) {
  compose();
  EXPECT_EQ(sender_.probe_due(), kNever);
}

TEST_F(SenderTest, CountsPatienceFromWhenTheFrameLeavesNotFromWhenItWasHandedOver) {
  send(1, 11520);
  EXPECT_GT(sender_.probe_due(), now_ + 1s + kAckDelay);
}

TEST_F(SenderTest, SendsASmallFrameAgainAsTheProbe) {
  send();
  now_ = sender_.probe_due();
  EXPECT_THAT(offsets(sender_.probe(0, now_)), ElementsAre(1));
  now_ = sender_.probe_due();
  EXPECT_THAT(sender_.probe(0, now_), IsEmpty()) << "it is under way again as another frame";
}

TEST_F(SenderTest, DoesNotTakeAPieceOfADatagramForLostOnlyBecauseNothingWasHeard) {
  kind_ = Ticket::Kind::datagram;
  send();
  now_ = sender_.probe_due();
  EXPECT_THAT(sender_.probe(0, now_), IsEmpty());
  sender_.acknowledge(ack_of(1), now_, outcome_);
  EXPECT_THAT(offsets(outcome_.delivered), ElementsAre(1));
}

TEST_F(SenderTest, ProbesForALargeFrameWithAnEmptyOne) {
  send(1, 1000);
  now_ = sender_.probe_due();
  EXPECT_THAT(sender_.probe(0, now_), IsEmpty());
  EXPECT_EQ(sender_.frames_in_flight(), 1U);
}

TEST_F(SenderTest, ProbesTwiceAsLateEachTimeUpToTwoSeconds) {
  send();
  Duration last{};
  for (int i = 0; i < 12; ++i) {
    const Time due = sender_.probe_due();
    const Duration wait = due - now_;
    EXPECT_GE(wait + 1ms, last) << i;
    EXPECT_LE(wait, 2s + 1ms) << i;
    last = wait;
    now_ = due;
    sender_.probe(0, now_);
  }
  EXPECT_GE(last, 2s - 1ms);
}

// Two ends that probe at the same time may not hear each other.
TEST_F(SenderTest, FromTheSecondProbeOnTheIntervalIsRandomIfTold) {
  send();
  for (const bool first : {true, false}) {
    const Duration regular = [&] {
      Sender other = sender_;
      other.probe(0, now_);
      return other.probe_due() - now_;
    }();
    sender_.probe(1, now_);
    const Duration shorter = sender_.probe_due() - now_;
    if (first) {
      EXPECT_EQ(shorter, regular);
    } else {
      EXPECT_NEAR(to_seconds(shorter), 0.7 * to_seconds(regular), 1e-3);
    }
    now_ = sender_.probe_due();
  }
}

TEST_F(SenderTest, ProbesAtOnceWhenHurried) {
  send();
  sender_.hurry();
  EXPECT_LE(sender_.probe_due(), now_);
  sender_.probe(0, now_);
  EXPECT_GT(sender_.probe_due(), now_);
}

TEST_F(SenderTest, IsFullWhenMoreIsUnderWayThanTheLineHoldsInARoundTrip) {
  std::size_t sent = 0;
  while (!sender_.full() && sent < 1'000'000) {
    send(1, 1000);
    sent += 1000;
  }
  EXPECT_GT(sent, 16'000U);
  EXPECT_LT(sent, 64'000U);
  acknowledge(ack_of(sender_.next_number() - 1));
  EXPECT_FALSE(sender_.full());
}

TEST_F(SenderTest, IsFullWithTheGreatestNumberOfFrames) {
  Pacer fast(1'000'000'000);
  Sender sender(fast);
  for (std::size_t i = 0; i < limits::kMaxFramesInFlight; ++i) {
    ASSERT_FALSE(sender.full()) << i;
    SentFrame frame;
    frame.number = sender.next_number();
    frame.eliciting = true;
    sender.sent(frame);
  }
  EXPECT_TRUE(sender.full());
}

TEST_F(SenderTest, MeasuresTheRoundTripFromWhenTheFrameLeft) {
  send(1, 1152);
  now_ += 100ms + 30ms;
  acknowledge(ack_of(1));
  EXPECT_TRUE(sender_.rtt().measured());
  EXPECT_NEAR(static_cast<double>(sender_.rtt().smoothed().count()), 30e6, 1e6);
}

/// Both ends of the protocol together: what was lost is detected as lost, what arrived as delivered.
TEST_F(SenderTest, AgreesWithAReceiverAboutEveryFrame) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    base::Prng random(seed);
    Pacer pacer(kRate);
    Sender sender(pacer);
    Receiver receiver;
    std::vector<bool> arrived{true};
    std::vector<int> told{0};
    for (int round = 0; round < 400; ++round) {
      SentFrame frame;
      frame.number = sender.next_number();
      frame.eliciting = true;
      frame.tickets.push_back({Ticket::Kind::repeated, StreamId{1}, frame.number, 1});
      sender.sent(frame);
      arrived.push_back(random.chance(0.7));
      told.push_back(0);
      if (arrived.back())
        receiver.received({frame.number, 20, wire::NumberForm::bits13, true, false}, kStart);
      if (!random.chance(0.3) || receiver.largest() == 0) continue;
      const auto made = receiver.make_ack(kStart);
      if (!random.chance(0.8)) continue;
      Sender::Outcome outcome;
      ASSERT_EQ(sender.acknowledge(made.ack, kStart, outcome), std::nullopt) << "SEED " << seed;
      for (const Ticket& ticket : outcome.delivered) {
        ASSERT_TRUE(arrived[ticket.offset]) << "SEED " << seed;
        ++told[ticket.offset];
      }
      for (const Ticket& ticket : outcome.lost) {
        ASSERT_FALSE(arrived[ticket.offset]) << "SEED " << seed;
        ++told[ticket.offset];
      }
      if (random.chance(0.8)) receiver.settled(made.settles);
      if (made.ack.more) continue;
      for (std::uint64_t number = 1; number <= receiver.largest(); ++number) {
        ASSERT_EQ(told[number], 1) << "SEED " << seed << " frame " << number;
      }
    }
  }
}

TEST_F(SenderTest, HearsOfNewFramesAfterAReceiverHadMoreGapsThanItRemembers) {
  Receiver receiver;
  for (int i = 0; i < 1400; ++i) {
    send();
    if (i % 2 == 1)
      receiver.received({sender_.next_number() - 1, 20, wire::NumberForm::bits13, true, false}, now_);
  }
  for (int round = 0; round < 100; ++round) {
    const auto made = receiver.make_ack(now_);
    ASSERT_EQ(acknowledge(made.ack), std::nullopt);
    receiver.settled(made.settles);
  }
  send();
  receiver.received({sender_.next_number() - 1, 20, wire::NumberForm::bits13, true, false}, now_);
  ASSERT_EQ(acknowledge(receiver.make_ack(now_).ack), std::nullopt);
  EXPECT_THAT(delivered(), ::testing::Contains(sender_.next_number() - 1));
}

// ---- Frames that arrived damaged and were repaired ----

class MendedFrames : public SenderTest {
 protected:
  /// As send(), with a fingerprint: 100 times the number.
  void send_with_fingerprints(std::size_t count) {
    for (; count > 0; --count) {
      SentFrame frame;
      frame.number = sender_.next_number();
      frame.wire_size = 20;
      frame.eliciting = true;
      frame.settles = base::Range{0, frame.number};
      frame.tickets.push_back({Ticket::Kind::repeated, StreamId{1}, frame.number, 1});
      frame.fingerprint = frame.number * 100;
      pacer_.frame_begins(now_);
      pacer_.handed(20, now_);
      const std::uint64_t number = frame.number;
      sender_.sent(std::move(frame));
      sender_.left(number, pacer_.stamp(now_));
    }
  }
};

TEST_F(MendedFrames, AreNotLostThoughTheAckCallsThemMissing) {
  send_with_fingerprints(3);
  sender_.candidate(2, 200);
  ASSERT_FALSE(acknowledge(ack_of(3, {{1, 1}})));
  EXPECT_THAT(delivered(), ElementsAre(1, 3));
  EXPECT_THAT(lost(), IsEmpty());
  EXPECT_EQ(sender_.next_confirmation(), 2U);
  EXPECT_FALSE(sender_.has_confirmations());
}

TEST_F(MendedFrames, AreLostWithAnotherFingerprint) {
  send_with_fingerprints(3);
  sender_.candidate(2, 201);
  EXPECT_FALSE(sender_.has_confirmations());
  ASSERT_FALSE(acknowledge(ack_of(3, {{1, 1}})));
  EXPECT_THAT(lost(), ElementsAre(2));
}

TEST_F(MendedFrames, HaveFingerprints) {
  send(3);
  sender_.candidate(2, 0);
  EXPECT_FALSE(sender_.has_confirmations());
}

TEST_F(MendedFrames, AreUnderWay) {
  send_with_fingerprints(2);
  ASSERT_FALSE(acknowledge(ack_of(2)));
  sender_.candidate(2, 200);
  sender_.candidate(3, 300);
  EXPECT_FALSE(sender_.has_confirmations());
}

TEST_F(MendedFrames, AreDeliveredWithTheFrameThatConfirmsThem) {
  send_with_fingerprints(2);
  sender_.candidate(2, 200);
  ASSERT_FALSE(acknowledge(ack_of(1)));
  sender_.next_confirmation();
  const Sender::Outcome outcome = sender_.confirmation_settled(2, Sender::Fate::delivered);
  EXPECT_THAT(offsets(outcome.delivered), ElementsAre(2));
  EXPECT_THAT(outcome.lost, IsEmpty());
  EXPECT_THAT(outcome.settled, IsEmpty()) << "the ack in it was not read";
  EXPECT_EQ(sender_.frames_lost(), 0U);
}

TEST_F(MendedFrames, AreLostWithTheFrameThatConfirmsThem) {
  send_with_fingerprints(2);
  sender_.candidate(2, 200);
  ASSERT_FALSE(acknowledge(ack_of(1)));
  sender_.next_confirmation();
  const Sender::Outcome outcome = sender_.confirmation_settled(2, Sender::Fate::lost);
  EXPECT_THAT(offsets(outcome.lost), ElementsAre(2));
  EXPECT_THAT(outcome.delivered, IsEmpty());
  EXPECT_EQ(sender_.frames_lost(), 1U);
}

TEST_F(MendedFrames, ExplainTheDamageThatIsReportedWithThem) {
  send_with_fingerprints(3);
  now_ += 1s;
  sender_.candidate(2, 200);
  wire::Ack ack = ack_of(1);
  ack.damaged = true;
  ASSERT_FALSE(acknowledge(ack));
  EXPECT_THAT(lost(), IsEmpty()) << "frame 3 may still arrive";
  // Damage reported after it concerns the next frame.
  ASSERT_FALSE(acknowledge(ack));
  EXPECT_THAT(lost(), ElementsAre(3));
}

TEST_F(MendedFrames, DoNotExplainDamageAfterANewerFrame) {
  send_with_fingerprints(4);
  now_ += 1s;
  sender_.candidate(2, 200);
  wire::Ack ack = ack_of(3, {{1, 1}});
  ack.damaged = true;
  ASSERT_FALSE(acknowledge(ack));
  EXPECT_THAT(lost(), ElementsAre(4));
}

TEST_F(MendedFrames, AreNoMoreThanSixteenAtOnce) {
  send_with_fingerprints(kMostMended + 1);
  for (std::uint16_t number = 1; number <= kMostMended + 1; ++number)
    sender_.candidate(number, number * 100U);
  std::size_t confirmed = 0;
  for (; sender_.has_confirmations(); ++confirmed) EXPECT_EQ(sender_.next_confirmation(), confirmed + 1);
  EXPECT_EQ(confirmed, kMostMended);
  sender_.confirmation_settled(1, Sender::Fate::delivered);
  sender_.candidate(kMostMended + 1, (kMostMended + 1) * 100U);
  EXPECT_TRUE(sender_.has_confirmations());
}

}  // namespace
}  // namespace serialtcp::link
