// When a peer that acknowledges nothing counts as gone.
#include "driver/vanished_peer.h"

#include <gtest/gtest.h>

namespace serialtcp::io {
namespace {

using namespace std::chrono_literals;
using enum VanishedPeer::Verdict;

constexpr Acknowledged kAll{};

Acknowledged unanswered(Duration last_heard) {
  return {.all = false, .asking = true, .last_heard = last_heard};
}

/// The result after this time without an acknowledgement, checked as often as in use.
VanishedPeer::Verdict after(VanishedPeer& peer, Time from, Duration silence) {
  VanishedPeer::Verdict verdict = waiting;
  for (Duration past = 0s; past <= silence && verdict == waiting; past += VanishedPeer::kInterval)
    verdict = peer.judge(unanswered(past), from + past);
  return verdict;
}

TEST(VanishedPeer, IsGoneAfterAMinuteOfSilence) {
  VanishedPeer peer;
  EXPECT_EQ(after(peer, Time{} + 1h, 70s), vanished);
}

TEST(VanishedPeer, SurvivesHalfAMinuteOfLostPacketsAndTheNextRetransmission) {
  VanishedPeer peer;
  const Time start = Time{} + 1h;
  EXPECT_EQ(after(peer, start, 55s), waiting);
  EXPECT_EQ(peer.judge(kAll, start + 58s), all_acknowledged);
  EXPECT_EQ(after(peer, start + 60s, 55s), waiting) << "counted from the new beginning";
}

TEST(VanishedPeer, OneThatOnlyDoesNotReadIsAlive) {
  VanishedPeer peer;
  // Its window is full; probes are sent every two minutes, and each is answered within 10 ms.
  for (Duration past = 0s; past < 1h; past += VanishedPeer::kInterval) {
    const Duration since_answer = past % 120s;
    const bool asked = since_answer < VanishedPeer::kInterval && past > 0s;
    const Acknowledged state{.all = false, .asking = asked, .last_heard = asked ? 120s : since_answer};
    EXPECT_EQ(peer.judge(state, Time{} + 1h + past), waiting) << past / 1s;
  }
}

TEST(VanishedPeer, DataThatWaitsBehindAFullWindowAsksForNothing) {
  VanishedPeer peer;
  for (Duration past = 0s; past < 10min; past += VanishedPeer::kInterval)
    EXPECT_EQ(peer.judge({.all = false, .asking = false, .last_heard = past}, Time{} + 1h + past), waiting);
}

}  // namespace
}  // namespace serialtcp::io
