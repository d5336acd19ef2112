// Two ends of ours, one that gives addresses and one that asks for them: over good and bad lines, with cuts and restarts,
// with logins, and in combinations that cannot work.
#include <gtest/gtest.h>

#include "base/prng.h"
#include "ppp/ppp_pair.h"

namespace serialtcp::ppp {
namespace {

using namespace test;

constexpr std::size_t kFirst = 0, kSecond = 1;

TEST(PppPairs, AreUpAtOnceAndHaveAddresses) {
  PppPair pair(gateway(), device());
  const Time start = pair.now;
  ASSERT_TRUE(pair.run_until_up(seconds(1))) << pair.all_texts(kFirst) << pair.all_texts(kSecond);
  EXPECT_LE(pair.now - start, milliseconds(60));
  pair.run_for(milliseconds(50));
  EXPECT_EQ(pair.a().addresses().ours, kGateway);
  EXPECT_EQ(pair.a().addresses().peers, kDevice);
  EXPECT_EQ(pair.b().addresses().ours, kDevice);
  EXPECT_EQ(pair.b().addresses().peers, kGateway);
  EXPECT_EQ(pair.b().facts().dns[0], kDns);
  EXPECT_NE(pair.a().addresses().our_id, 0U);
  EXPECT_EQ(pair.a().addresses().our_id, pair.b().addresses().peer_id);
  EXPECT_EQ(pair.a().addresses().mtu, 1500U);
  EXPECT_TRUE(pair.texts[kFirst].empty());
  EXPECT_TRUE(pair.texts[kSecond].empty());
}

TEST(PppPairs, AnInterfaceIdentifierMayBeWished) {
  Config wishes = gateway(), wishes_the_same = device();
  wishes.our_id = wishes_the_same.our_id = 2;
  PppPair pair(wishes, wishes_the_same);
  ASSERT_TRUE(pair.run_until_up(seconds(1)));
  pair.run_for(milliseconds(200));
  const ip::LinkAddresses addresses = pair.a().addresses();
  EXPECT_NE(addresses.our_id, addresses.peer_id);
  EXPECT_NE(addresses.peer_id, 0U);

  PppPair other(wishes, device());
  ASSERT_TRUE(other.run_until_up(seconds(1)));
  other.run_for(milliseconds(50));
  EXPECT_EQ(other.b().addresses().peer_id, 2U);
}

TEST(PppPairs, DatagramsArriveBothWays) {
  PppPair pair(gateway(), device());
  ASSERT_TRUE(pair.run_until_up(seconds(1)));
  pair.run_for(milliseconds(50));
  const std::vector<Bytes> sent{datagram(1500, 1), datagram(20, 2), datagram(48, 3, 6), datagram(777, 4)};
  for (const Bytes& one : sent) {
    pair.a().send(one, pair.now);
    pair.b().send(one, pair.now);
  }
  pair.run_for(seconds(1));
  EXPECT_EQ(pair.datagrams[kFirst], sent);
  EXPECT_EQ(pair.datagrams[kSecond], sent);
}

TEST(PppPairs, WhatThePeerDoesNotTakeIsDropped) {
  Config small = device();
  small.mru = 296;
  small.ipv6 = false;
  PppPair pair(gateway(), small);
  pair.a().send(datagram(20, 1), pair.now);  // before it is up
  ASSERT_TRUE(pair.run_until_up(seconds(1)));
  EXPECT_EQ(pair.a().addresses().mtu, 296U);
  EXPECT_EQ(pair.b().addresses().mtu, 1500U);
  pair.a().send(datagram(297, 2), pair.now);
  pair.a().send(datagram(40, 3, 6), pair.now);
  pair.a().send(Bytes{}, pair.now);
  pair.a().send(datagram(296, 4), pair.now);
  pair.run_for(seconds(1));
  EXPECT_EQ(pair.datagrams[kSecond], (std::vector<Bytes>{datagram(296, 4)}));
  EXPECT_EQ(pair.a().facts().dropped, 4U);
  // The outbox is bounded, whoever sends.
  for (int i = 0; i < 10000; ++i) pair.b().send(datagram(1000, 5), pair.now);
  EXPECT_LE(pair.b().pending(), limits::kMaxPending + 2 * 1000 + 20);
}

TEST(PppPairs, HeadersAreShortAndNothingIsEscapedOnceUp) {
  PppPair pair(gateway(), device());
  ASSERT_TRUE(pair.run_until_up(seconds(1)));
  pair.run_for(milliseconds(100));
  Bytes zeros(100);
  zeros[0] = 0x45;
  pair.a().send(zeros, pair.now);
  EXPECT_LE(pair.a().pending(), 100 + 1 + 2 + 2 + 2U);
}

TEST(PppPairs, ControlCharactersThatTheLineEatsAreEscaped) {
  sim::CableConfig cable;
  cable.faults.alterations = {{0x11, {}}, {0x13, {}}};
  Config first = gateway(), second = device();
  first.map = second.map = 0x000A0000;
  PppPair pair(first, second, cable);
  ASSERT_TRUE(pair.run_until_up(seconds(1)));
  Bytes all = datagram(300, 1);
  for (std::size_t i = 0; i < 256; ++i) all[i + 20] = static_cast<Byte>(i);
  pair.a().send(all, pair.now);
  pair.b().send(all, pair.now);
  pair.run_for(seconds(1));
  EXPECT_EQ(pair.datagrams[kFirst], (std::vector<Bytes>{all}));
  EXPECT_EQ(pair.datagrams[kSecond], (std::vector<Bytes>{all}));
}

TEST(PppPairs, OneMayWaitForTheOther) {
  for (const std::size_t waiting : {kFirst, kSecond}) {
    Config first = gateway(), second = device();
    (waiting == kFirst ? first : second).start = Config::Start::passive;
    PppPair pair(first, second);
    EXPECT_TRUE(pair.run_until_up(milliseconds(100))) << waiting;
  }
  Config first = gateway(), second = device();
  first.start = second.start = Config::Start::passive;
  PppPair pair(first, second);
  EXPECT_FALSE(pair.run_until_up(seconds(100)));
  EXPECT_EQ(pair.a().deadline(), kNever);
  EXPECT_TRUE(pair.texts[kFirst].empty());
}

// Whoever was there first, and however long it has asked into the void.
TEST(PppPairs, UpHalfASecondAfterThePeersFirstFrame) {
  for (int tenths = 0; tenths < 600; tenths += 7) {
    for (const bool gateway_waits : {true, false}) {
      const Config early = gateway_waits ? gateway() : device();
      const Config late = gateway_waits ? device() : gateway();
      PppPair pair(early, early);
      pair.cable.cut(pair.now);
      pair.run_for(milliseconds(100 * tenths));
      pair.cable.join(pair.now);
      pair.replace(kSecond, late);
      const Time start = pair.now;
      ASSERT_TRUE(pair.run_until_up(milliseconds(500))) << tenths;
      ASSERT_LE(pair.now - start, milliseconds(350)) << tenths;
    }
  }
}

TEST(PppPairs, ARestartedPeerIsUpAgainAtOnce) {
  for (const std::size_t end : {kFirst, kSecond}) {
    PppPair pair(gateway(1), device(2));
    ASSERT_TRUE(pair.run_until_up(seconds(1)));
    pair.run_for(seconds(3));
    pair.replace(end, end == kFirst ? gateway(3) : device(4));
    const Time start = pair.now;
    ASSERT_TRUE(pair.run_until_up(seconds(2))) << end;
    EXPECT_LE(pair.now - start, milliseconds(500)) << end;
    pair.run_for(milliseconds(100));
    EXPECT_TRUE(pair.both_up());
    EXPECT_EQ(pair.downs[1 - end], 1);
    EXPECT_NE(pair.all_texts(1 - end).find("began anew"), std::string::npos) << pair.all_texts(1 - end);
  }
}

TEST(PppPairs, AFarewellIsToldAndAnsweredAtOnce) {
  PppPair pair(gateway(), device());
  ASSERT_TRUE(pair.run_until_up(seconds(1)));
  pair.b().close(pair.now, "user request");
  pair.run_for(milliseconds(100));
  EXPECT_FALSE(pair.a().is_up());
  EXPECT_FALSE(pair.b().is_up());
  EXPECT_NE(pair.all_texts(kFirst).find("the other end ended it (\"user request\")"), std::string::npos)
      << pair.all_texts(kFirst);
  EXPECT_EQ(pair.b().deadline(), kNever);
  // Who begins again within the pause that RFC 1661 has after a Terminate-Ack need not wait for its end.
  pair.replace(kSecond, device(3));
  const Time start = pair.now;
  ASSERT_TRUE(pair.run_until_up(milliseconds(500)));
  EXPECT_LE(pair.now - start, milliseconds(60));
}

TEST(PppPairs, AnActiveEndTriesAgainAfterAFarewell) {
  PppPair pair(gateway(), device());
  ASSERT_TRUE(pair.run_until_up(seconds(1)));
  pair.b().close(pair.now, "");
  pair.run_for(seconds(5));
  Config waiting = device(5);
  waiting.start = Config::Start::passive;
  pair.replace(kSecond, waiting);
  EXPECT_TRUE(pair.run_until_up(seconds(40)));
}

TEST(PppPairs, ADeadPeerIsNoticedAndComesBack) {
  PppPair pair(gateway(), device());
  ASSERT_TRUE(pair.run_until_up(seconds(1)));
  pair.run_for(seconds(100));
  EXPECT_TRUE(pair.both_up()) << "silence is not death";
  EXPECT_EQ(pair.downs[kFirst], 0);
  pair.cable.cut(pair.now);
  const Time cut = pair.now;
  while (pair.a().is_up() && pair.now < cut + seconds(100)) pair.run_for(milliseconds(100));
  EXPECT_LE(pair.now - cut, seconds(30));
  EXPECT_NE(pair.all_texts(kFirst).find("does not answer any more"), std::string::npos);
  pair.run_for(seconds(100));
  pair.cable.join(pair.now);
  EXPECT_TRUE(pair.run_until_up(seconds(13)));
}

TEST(PppPairs, ShortCutsDoNotEndTheLink) {
  PppPair pair(gateway(), device());
  ASSERT_TRUE(pair.run_until_up(seconds(1)));
  for (int i = 0; i < 10; ++i) {
    pair.cable.cut(pair.now);
    pair.run_for(seconds(10));
    pair.cable.join(pair.now);
    pair.run_for(seconds(30));
  }
  EXPECT_EQ(pair.downs[kFirst] + pair.downs[kSecond], 0);
}

// ---- bad lines ----

struct PppBadLines : testing::TestWithParam<int> {};

/// Losses, flips, insertions and bursts; cuts; restarts of either end. Whatever arrives was sent, and the link comes up by
/// itself once the line is good: at the latest when the end that does not know yet has missed echoes.
TEST_P(PppBadLines, AnythingThatArrivesWasSentAndTheLinkComesBack) {
  for (int i = 0; i < 25; ++i) {
    const auto seed = static_cast<std::uint64_t>(GetParam() * 25 + i + 1);
    base::Prng prng(seed);
    sim::CableConfig cable;
    const std::uint32_t speeds[] = {9600, 115200, 1000000};
    cable.a.baud = cable.b.baud = speeds[prng.below(3)];
    cable.latency = milliseconds(prng.below(40));
    cable.faults.ber = prng.chance(0.5) ? 1e-4 : 0;
    cable.faults.drop = prng.chance(0.5) ? 2e-3 : 0;
    cable.faults.insert = prng.chance(0.3) ? 1e-3 : 0;
    cable.faults.burst = prng.chance(0.3) ? 1e-4 : 0;
    const auto make = [&](std::size_t end, std::uint64_t number) {
      Config config = end == kFirst ? gateway(number) : device(number);
      config.rate = cable.a.baud / 10;
      if (prng.chance(0.2)) config.map = 0xFFFFFFFF;
      if (prng.chance(0.2)) config.mru = 296;
      return config;
    };
    PppPair pair(make(kFirst, seed), make(kSecond, seed + 1000), cable, seed);
    std::uint32_t number = 0;
    std::vector<Bytes> sent;
    for (int step = 0; step < 60; ++step) {
      const std::uint64_t what = prng.below(20);
      if (what < 2) {
        const std::size_t end = prng.below(2);
        pair.replace(end, make(end, prng.next()));
      }
      if (what == 2) pair.cable.cut(pair.now);
      if (what > 3) pair.cable.join(pair.now);
      for (std::size_t end = 0; end < 2; ++end) {
        sent.push_back(datagram(20 + prng.below(270), ++number));
        pair.ends[end]->send(sent.back(), pair.now);
      }
      pair.run_for(milliseconds(prng.below(2000)));
    }
    pair.cable.join(pair.now);
    pair.cable.set_faults({});
    ASSERT_TRUE(pair.run_until_up(seconds(40))) << "seed " << seed << "\n"
                                                << pair.all_texts(0) << pair.all_texts(1);
    pair.run_for(seconds(1));
    EXPECT_TRUE(pair.both_up()) << "seed " << seed;
    EXPECT_EQ(pair.b().addresses().ours, kDevice) << "seed " << seed;
    // FCS-16 takes one damaged frame in 65536 for a good one. That is what checksums of TCP and UDP are for.
    std::size_t wrong = 0;
    for (const auto& all : pair.datagrams) {
      for (const Bytes& one : all) wrong += std::ranges::find(sent, one) == sent.end() ? 1U : 0U;
    }
    EXPECT_LE(wrong, 1U) << "seed " << seed;
    const Bytes last = datagram(296, 4711);
    pair.a().send(last, pair.now);
    pair.b().send(last, pair.now);
    pair.run_for(seconds(2));
    for (const auto& all : pair.datagrams) {
      ASSERT_FALSE(all.empty()) << "seed " << seed;
      EXPECT_EQ(all.back(), last) << "seed " << seed;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, PppBadLines, testing::Range(0, 10));

}  // namespace
}  // namespace serialtcp::ppp
