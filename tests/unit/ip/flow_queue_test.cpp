// The queue in front of a line, in simulated time: who comes next, how long it waits, what is dropped.
#include "ip/flow_queue.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/prng.h"
#include "ip/packets.h"

namespace serialtcp::ip {
namespace {

using std::chrono::milliseconds;
using test::kDevice;
using test::kServer;

constexpr std::uint64_t kRate = 11'520;
constexpr std::size_t kLargest = 576;
constexpr Time kStart = Time(std::chrono::seconds(1));

/// A UDP packet of a flow, whose number is its port.
Bytes packet_of(std::uint16_t flow, std::size_t size) {
  return test::udp_packet(kServer, kDevice, 53, flow, size - kIpv4Header - kUdpHeader);
}

/// One that is marked where it would be dropped early.
Bytes ecn_capable(Bytes packet) {
  packet[1] = 2;
  return test::with_header_checksum(std::move(packet));
}

std::uint16_t flow_number(const Bytes& bytes) {
  return udp_of(*parse(bytes))->destination_port;
}

/// Puts a number into the data, which is there to be recognised.
Bytes numbered(Bytes packet, std::uint32_t number) {
  put32(packet, packet.size() - 4, number);
  return packet;
}

std::uint32_t number_of(const Bytes& packet) {
  return get32(packet, packet.size() - 4);
}

Duration time_on_line(std::size_t size) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(double(size) / double(kRate)));
}

struct FlowQueueTest : testing::Test {
  /// Lets the line take packets until then, each as soon as the one before has left. Before each, `fill` may push.
  void run_until(Time end, const std::function<void()>& fill,
                 const std::function<void(const Bytes&)>& taken) {
    while (now < end) {
      fill();
      const auto packet = queue.pop(now);
      if (!packet) {
        now += milliseconds(1);
        continue;
      }
      now += time_on_line(packet->size());
      taken(*packet);
    }
  }

  void keep_full(std::uint16_t flow, std::size_t size, std::size_t count) {
    while (queued[flow] < count) {
      queue.push(ecn_capable(packet_of(flow, size)), now);
      ++queued[flow];
    }
  }

  FlowQueue queue{kRate, kLargest, {}};
  Time now = kStart;
  std::map<std::uint16_t, std::size_t> queued;
};

TEST_F(FlowQueueTest, AFlowStaysInOrder) {
  for (std::uint32_t i = 0; i < 100; ++i) queue.push(numbered(packet_of(1, 40 + i), i), now);
  for (std::uint32_t i = 0; i < 100; ++i) EXPECT_EQ(number_of(*queue.pop(now)), i);
  EXPECT_FALSE(queue.pop(now));
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0U);
  EXPECT_EQ(queue.flows(), 0U);
}

TEST_F(FlowQueueTest, FlowsShareTheLineByBytesNotByPackets) {
  std::map<std::uint16_t, std::size_t> bytes;
  const auto fill = [&] {
    keep_full(1, 576, 4);
    keep_full(2, 60, 20);
    keep_full(3, 300, 4);
  };
  run_until(kStart + std::chrono::seconds(60), fill, [&](const Bytes& packet) {
    bytes[flow_number(packet)] += packet.size();
    --queued[flow_number(packet)];
    for (auto& [flow, count] : queued)
      count = std::min(count, queue.packets());  // what was dropped is not queued
  });
  const double third = double(kRate) * 60 / 3;
  for (const auto& [flow, count] : bytes) EXPECT_NEAR(double(count), third, 0.03 * third) << flow;
}

TEST_F(FlowQueueTest, AnEchoBesideBulkWaitsForOnePacketAtMost) {
  Time pushed = kStart;
  bool waits = false;
  Duration longest{};
  int echoes = 0;
  base::Prng random(3);
  Time next = kStart;
  const auto fill = [&] {
    if (queue.packets() < 50) queue.push(packet_of(1, kLargest), now);
    if (waits || now < next) return;
    pushed = std::max(next, now - time_on_line(kLargest));
    queue.push(test::icmp_packet(kServer, kDevice, 0, 0, "0123456789"), pushed);
    waits = true;
    next = now + milliseconds(50 + static_cast<int>(random.below(300)));
  };
  run_until(kStart + std::chrono::seconds(60), fill, [&](const Bytes& packet) {
    if (parse(packet)->protocol != protocol::kIcmp) return;
    waits = false;
    ++echoes;
    longest = std::max(longest, now - pushed);
  });
  EXPECT_GT(echoes, 100);
  EXPECT_LE(longest, time_on_line(kLargest) + time_on_line(38) + milliseconds(1));
}

TEST_F(FlowQueueTest, AStandingQueueIsToldToSlowDown) {
  // 1.5 times what the line takes: without drops it would hold 30 s of it after a minute.
  double due = 0;
  Time last = now;
  Duration waited{};
  std::map<std::uint32_t, Time> pushed;
  std::uint32_t number = 0;
  const auto fill = [&] {
    for (due += 1.5 * double(kRate) * to_seconds(now - last); due >= 576; due -= 576) {
      pushed[number] = now;
      queue.push(numbered(packet_of(1, 576), number++), now);
    }
    last = now;
  };
  run_until(kStart + std::chrono::seconds(60), fill,
            [&](const Bytes& packet) { waited = now - pushed[number_of(packet)]; });
  EXPECT_GT(queue.counters().dropped_early, 100U);
  EXPECT_EQ(queue.counters().dropped_full, 0U);
  EXPECT_LT(waited, std::chrono::seconds(2));
}

/// A sender as TCP is: it halves what it has in flight at each loss or mark, at most once in a round trip.
struct Responsive {
  double window = 2;
  std::uint32_t next = 0, expected = 0;
  std::size_t in_flight = 0;
  Time halved = Time::min();

  void acknowledge(const Bytes& packet, Time now) {
    const std::uint32_t number = number_of(packet);
    const std::size_t lost = number - expected;
    const bool struck = lost != 0 || parse(packet)->ecn == Ecn::congestion;
    expected = number + 1;
    in_flight -= std::min(in_flight, 1 + lost);
    if (struck && (halved == Time::min() || now - halved > milliseconds(300))) {
      window = std::max(2.0, window / 2);
      halved = now;
    } else {
      window += 1 / window;
    }
  }
};

TEST_F(FlowQueueTest, AResponsiveSenderFillsTheLineAndWaitsAboutTheTarget) {
  for (const bool ecn : {false, true}) {
    FlowQueue own(kRate, kLargest, {});
    queue = std::move(own);
    Responsive sender;
    std::map<std::uint32_t, Time> pushed;
    Duration waited{};
    std::size_t count = 0, bytes = 0;
    now = kStart;
    const auto fill = [&] {
      while (double(sender.in_flight) < sender.window) {
        pushed[sender.next] = now;
        const Bytes packet = numbered(packet_of(1, kLargest), sender.next++);
        queue.push(ecn ? ecn_capable(packet) : packet, now);
        ++sender.in_flight;
      }
    };
    run_until(kStart + std::chrono::seconds(300), fill, [&](const Bytes& packet) {
      sender.acknowledge(packet, now);
      bytes += packet.size();
      if (now < kStart + std::chrono::seconds(60)) return;
      waited += now - pushed[number_of(packet)];
      ++count;
    });
    EXPECT_GT(double(bytes), 0.97 * 300 * double(kRate));
    EXPECT_LT(waited / count, 4 * queue.tuning().target);
    EXPECT_EQ(queue.counters().marked > 0, ecn);
    EXPECT_EQ(queue.counters().dropped_early > 0, !ecn);
    EXPECT_EQ(queue.counters().dropped_full, 0U);
  }
}

TEST_F(FlowQueueTest, AShortBurstLosesNothing) {
  for (int burst = 0; burst < 20; ++burst) {
    const auto fill = [&, pushed = false]() mutable {
      if (!pushed)
        for (std::uint16_t i = 0; i < 4; ++i) queue.push(packet_of(1, kLargest), now);
      pushed = true;
    };
    run_until(now + std::chrono::seconds(1), fill, [](const Bytes&) {});
  }
  EXPECT_EQ(queue.counters().passed, 80U);
  EXPECT_EQ(queue.counters().dropped_early, 0U);
}

TEST_F(FlowQueueTest, AFlowWithOnePacketLosesNothingHoweverManyOthersThereAre) {
  // 40 flows, each sends its next packet when one was passed on: each waits 2 s, for which nothing can be done.
  std::vector<bool> has(40, false);
  const auto fill = [&] {
    for (std::uint16_t flow = 0; flow < 40; ++flow) {
      if (!has[flow]) queue.push(packet_of(flow, kLargest), now);
      has[flow] = true;
    }
  };
  run_until(kStart + std::chrono::seconds(60), fill,
            [&](const Bytes& packet) { has[flow_number(packet)] = false; });
  EXPECT_EQ(queue.counters().dropped_early, 0U);
}

TEST_F(FlowQueueTest, AMarkKeepsTheHeaderRight) {
  for (Bytes packet :
       {packet_of(1, 100), test::udp_packet(test::v6_address(1), test::v6_address(2), 1, 2, 50)}) {
    if (packet[0] == 0x45)
      packet = ecn_capable(std::move(packet));
    else
      packet[1] |= 0x10;
    ASSERT_NE(parse(packet)->ecn, Ecn::not_capable);
    FlowQueue own(kRate, kLargest, {});
    std::size_t marked = 0;
    for (int i = 0; i < 200; ++i) own.push(packet, now);
    for (Time at = now; !own.empty(); at += milliseconds(50)) {
      const auto passed = own.pop(at);
      const auto parsed = parse(*passed);
      ASSERT_TRUE(parsed);
      EXPECT_TRUE(has_right_checksum(*parsed));
      marked += parsed->ecn == Ecn::congestion ? 1 : 0;
    }
    EXPECT_GT(marked, 0U);
    EXPECT_EQ(marked, own.counters().marked);
    EXPECT_EQ(own.counters().passed, 200U);
  }
}

TEST_F(FlowQueueTest, WhenItIsFullTheFattestFlowLosesItsOldest) {
  FlowQueue own(kRate, kLargest, {.packets = 20, .bytes = 6000});
  for (std::uint32_t i = 0; i < 4; ++i) own.push(numbered(packet_of(1, 100), i), now);
  for (std::uint32_t i = 0; i < 100; ++i) {
    own.push(numbered(packet_of(2, 500), i), now);
    ASSERT_LE(own.packets(), 20U);
    ASSERT_LE(own.bytes(), 6000U);
  }
  EXPECT_EQ(own.counters().dropped_full, 89U);
  std::map<std::uint16_t, std::vector<std::uint32_t>> passed;
  while (const auto packet = own.pop(now)) passed[flow_number(*packet)].push_back(number_of(*packet));
  EXPECT_EQ(passed[1], (std::vector<std::uint32_t>{0, 1, 2, 3}));
  EXPECT_EQ(passed[2].size(), 11U);
  EXPECT_EQ(passed[2].back(), 99U);
}

TEST_F(FlowQueueTest, APacketThatIsLargerThanTheQueueIsDropped) {
  FlowQueue own(kRate, kLargest, {.packets = 20, .bytes = 100});
  own.push(packet_of(1, 101), now);
  EXPECT_TRUE(own.empty());
  EXPECT_FALSE(own.pop(now));
  own.push(packet_of(1, 100), now);
  EXPECT_TRUE(own.pop(now));
}

TEST_F(FlowQueueTest, ANewFlowForEachPacketDoesNotStopTheOthers) {
  std::size_t bytes = 0;
  std::uint16_t flow = 100;
  Time again = now;  // when a packet counts as lost
  const auto fill = [&] {
    for (int i = 0; i < 20; ++i) queue.push(packet_of(flow = flow == 60'000 ? 100 : flow + 1, 40), now);
    if (queued[1] == 0 || now > again) {
      queue.push(packet_of(1, kLargest), now);
      queued[1] = 1;
      again = now + std::chrono::seconds(1);
    }
    ASSERT_LE(queue.flows(), 2 * FlowQueueLimits{}.packets);
  };
  run_until(kStart + std::chrono::seconds(30), fill, [&](const Bytes& packet) {
    if (flow_number(packet) != 1) return;
    bytes += packet.size();
    queued[1] = 0;
  });
  EXPECT_GT(double(bytes), 0.2 * 30 * double(kRate));
}

TEST_F(FlowQueueTest, AShortPacketOfANewFlowGoesAheadOfABulkOne) {
  for (int i = 0; i < 5; ++i) queue.push(packet_of(1, kLargest), now);
  EXPECT_FALSE(queue.pop_new(300, std::nullopt, now));  // longer than that
  EXPECT_EQ(flow_number(*queue.pop(now)), 1);
  queue.push(packet_of(2, 84), now);
  queue.push(packet_of(3, 84), now);
  EXPECT_EQ(flow_number(*queue.pop_new(300, std::nullopt, now)), 2);
  EXPECT_EQ(flow_number(*queue.pop_new(300, std::nullopt, now)), 3);
  EXPECT_FALSE(queue.pop_new(300, std::nullopt, now));
  EXPECT_EQ(flow_number(*queue.pop(now)), 1);
}

TEST_F(FlowQueueTest, AnEchoNowAndThenIsAlwaysAheadOfATransfer) {
  for (int i = 0; i < 50; ++i) queue.push(packet_of(1, kLargest), now);
  for (int i = 0; i < 20; ++i) {
    queue.push(packet_of(2, 84), now);
    ASSERT_TRUE(queue.pop_new(300, std::nullopt, now)) << i;
    ASSERT_EQ(flow_number(*queue.pop(now)), 1) << i;
    now += milliseconds(50);
  }
}

TEST_F(FlowQueueTest, AFlowThatMayNotGoAheadWaitsForItsTurn) {
  queue.push(packet_of(2, 84), now);
  queue.push(packet_of(3, 84), now);
  const FlowKey flow = flow_of(*parse(packet_of(2, 84)));
  EXPECT_EQ(flow_number(*queue.pop_new(300, flow, now)), 3);
  EXPECT_FALSE(queue.pop_new(300, flow, now));
  EXPECT_EQ(flow_number(*queue.pop(now)), 2);
}

TEST_F(FlowQueueTest, AFlowThatIsAloneIsNewWithEachPacket) {
  for (int i = 0; i < 100; ++i) {
    queue.push(packet_of(2, 84), now);
    ASSERT_TRUE(queue.pop_new(300, std::nullopt, now)) << i;
    now += milliseconds(10);
  }
  EXPECT_EQ(queue.flows(), 0U);
}

/// Someone who opens a new flow for each packet does not stop a transfer.
TEST_F(FlowQueueTest, NewFlowsGoAheadOfOthersForAWhileOnly) {
  for (int i = 0; i < 3; ++i) queue.push(packet_of(1, kLargest), now);
  EXPECT_EQ(flow_number(*queue.pop(now)), 1);
  EXPECT_EQ(flow_number(*queue.pop(now)), 1);  // it has had its turn as a new one
  std::size_t ahead = 0;
  for (std::uint16_t flow = 100; flow < 200; ++flow) {
    queue.push(packet_of(flow, 100), now);
    if (queue.pop_new(300, std::nullopt, now)) ahead += 100;
  }
  EXPECT_LE(ahead, std::size_t{FlowQueue::kNewRun * FlowQueue::kQuantum} + 100);
  EXPECT_GT(ahead, 0U);
}

TEST_F(FlowQueueTest, WhatIsNoPacketIsDropped) {
  queue.push({}, now);
  queue.push({0x45, 0, 1}, now);
  queue.push(Bytes(100, 0), now);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.counters().malformed, 3U);
}

TEST_F(FlowQueueTest, TheTargetIsLongerThanOnePacketTakes) {
  for (const std::uint64_t rate : {30ULL, 960ULL, 11'520ULL, 92'160ULL, 1'200'000ULL}) {
    for (const std::size_t packet : {296U, 576U, 1500U}) {
      const CodelTuning tuning = CodelTuning::for_line(rate, packet);
      EXPECT_GT(to_seconds(tuning.target), double(packet) / double(rate));
      EXPECT_GE(tuning.target, milliseconds(5));
      EXPECT_GE(tuning.interval, 2 * tuning.target);
      EXPECT_GE(tuning.interval, milliseconds(100));
    }
  }
  queue.set_line(1'200'000, 1500);
  EXPECT_EQ(queue.tuning().target, milliseconds(5));
}

/// A drop among so few packets is repaired by a time-out only.
TEST_F(FlowQueueTest, AFlowWithASmallWindowLosesNothingHoweverLongItWaits) {
  for (const std::uint64_t rate : {480ULL, 960ULL, 11'520ULL, 92'160ULL}) {
    FlowQueue slow(rate, kLargest, {});
    const std::size_t window = slow.spared();
    EXPECT_GE(window, 2U);
    EXPECT_LE(window, FlowQueue::kSparedPackets);
    for (std::size_t i = 0; i < window; ++i) slow.push(packet_of(1, kLargest), now);
    for (int i = 0; i < 500; ++i) {
      ASSERT_TRUE(slow.pop(now));
      now += std::chrono::seconds(1) * kLargest / rate;
      slow.push(packet_of(1, kLargest), now);
    }
    EXPECT_EQ(slow.counters().dropped_early, 0U) << rate;
  }
}

TEST(IpFlow, IsWhatHasTheSameAddressesProtocolAndPorts) {
  const auto key = [](const Bytes& bytes) { return flow_of(*parse(bytes)); };
  const Bytes one = test::udp_packet(kServer, kDevice, 1, 2, 10);
  EXPECT_EQ(key(one), key(test::udp_packet(kServer, kDevice, 1, 2, 99)));
  EXPECT_NE(key(one), key(test::udp_packet(kServer, kDevice, 1, 3, 10)));
  EXPECT_NE(key(one), key(test::udp_packet(kDevice, kServer, 1, 2, 10)));
  EXPECT_NE(key(one), key(test::tcp_packet(kServer, kDevice, {.source_port = 1, .destination_port = 2})));
  const Bytes echo = test::icmp_packet(kServer, kDevice, 0, 0, "x");
  EXPECT_EQ(key(echo).source_port, 0x1234);
  EXPECT_EQ(key(test::icmp_packet(kServer, kDevice, 3, 0, "x")).source_port, 0);
}

TEST(IpFlow, FragmentsOfADatagramShareOne) {
  Bytes first = test::udp_packet(kServer, kDevice, 1, 2, 16), later = first;
  put16(first, 6, 0x2000);
  put16(later, 6, 0x0003);
  first = test::with_header_checksum(std::move(first));
  later = test::with_header_checksum(std::move(later));
  EXPECT_EQ(flow_of(*parse(first)), flow_of(*parse(later)));
}

}  // namespace
}  // namespace serialtcp::ip
