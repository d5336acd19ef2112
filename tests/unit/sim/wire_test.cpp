// One direction of the model of a cable, in simulated time: exact timing, and every fault.
#include "sim/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <numeric>

namespace serialtcp::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Time kStart{1s};

Bytes counting(std::size_t count) {
  Bytes bytes(count);
  std::iota(bytes.begin(), bytes.end(), Byte{0});
  return bytes;
}

Bytes received(Wire& wire, Time now) {
  Bytes out;
  wire.receive(now, out);
  return out;
}

/// Sends everything as fast as the line accepts it and returns what arrives.
Bytes passed(Wire& wire, const Bytes& bytes, Time now = kStart) {
  Bytes out;
  for (std::size_t done = 0; done < bytes.size();) {
    const std::size_t count = std::min(wire.room(now), bytes.size() - done);
    wire.send(ByteView(bytes).subspan(done, count), now);
    done += count;
    now = wire.next_arrival();
    wire.receive(now, out);
  }
  while (wire.next_arrival() != kNever) wire.receive(wire.next_arrival(), out);
  return out;
}

WireConfig at(std::uint32_t baud) {
  WireConfig config;
  config.sender.baud = config.receiver.baud = baud;
  return config;
}

WireConfig faulty(const Faults& faults) {
  WireConfig config = at(0);
  config.faults = faults;
  return config;
}

TEST(Wire, DeliversAByteAfterItsCharacterTime) {
  Wire wire(at(10000), 1);
  wire.send(counting(1), kStart);
  EXPECT_EQ(wire.next_arrival(), kStart + 1ms);
  EXPECT_THAT(received(wire, kStart + 1ms - 1ns), IsEmpty());
  EXPECT_THAT(received(wire, kStart + 1ms), ElementsAre(0));
  EXPECT_EQ(wire.next_arrival(), kNever);
}

TEST(Wire, CountsParityAndStopBitsOfTheSender) {
  WireConfig config = at(10000);
  config.sender.parity = config.receiver.parity = Parity::even;
  config.sender.stop_bits = StopBits::one_and_a_half;
  Wire wire(config, 1);
  wire.send(counting(2), kStart);
  EXPECT_EQ(wire.next_arrival(), kStart + 1150us);
  EXPECT_THAT(received(wire, kStart + 2300us), ElementsAre(0, 1));
}

TEST(Wire, SendsBackToBackWithoutDrift) {
  Wire wire(at(115200), 1);
  std::size_t count = 0;
  Time now = kStart;
  Bytes out;
  while (count < 115200) {
    const Bytes bytes = counting(std::min<std::size_t>(wire.room(now), 115200 - count));
    wire.send(bytes, now);
    count += bytes.size();
    now = wire.room_time(1000);
    wire.receive(now, out);
  }
  wire.receive(kStart + 10s - 1us, out);
  EXPECT_EQ(out.size(), 115199U);
  wire.receive(kStart + 10s + 1us, out);
  EXPECT_EQ(out.size(), 115200U);
}

TEST(Wire, AByteSentLaterStartsWhenTheLineIsFree) {
  Wire wire(at(10000), 1);
  wire.send(counting(2), kStart);
  wire.send(counting(1), kStart + 500us);
  EXPECT_THAT(received(wire, kStart + 3ms - 1ns), ElementsAre(0, 1));
  EXPECT_THAT(received(wire, kStart + 3ms), ElementsAre(0));
  wire.send(counting(1), kStart + 10ms);
  EXPECT_EQ(wire.next_arrival(), kStart + 11ms);
}

TEST(Wire, HasRoomAgainAsBytesLeave) {
  WireConfig config = at(10000);
  config.queue_capacity = 10;
  Wire wire(config, 1);
  wire.send(counting(10), kStart);
  EXPECT_EQ(wire.room(kStart), 0U);
  EXPECT_EQ(wire.room(kStart + 3ms), 3U);
  EXPECT_EQ(wire.queued(kStart + 3ms), 7U);
  EXPECT_EQ(wire.room_time(3), kStart + 3ms);
  EXPECT_EQ(wire.room_time(11), kNever);
  EXPECT_EQ(wire.room(kStart + 10ms), 10U);
}

TEST(WireDeathTest, RefusesMoreThanItHasRoomFor) {
  WireConfig config = at(10000);
  config.queue_capacity = 10;
  Wire wire(config, 1);
  EXPECT_DEATH(wire.send(counting(11), kStart), "internal error");
}

TEST(Wire, UnlimitedSpeedPassesBytesAtOnce) {
  Wire wire(at(0), 1);
  wire.send(counting(4096), kStart);
  EXPECT_EQ(wire.room(kStart), 4096U);
  EXPECT_EQ(wire.next_arrival(), kStart);
  EXPECT_EQ(received(wire, kStart), counting(4096));
}

TEST(Wire, LatencyDelaysArrivalButNotDeparture) {
  WireConfig config = at(10000);
  config.latency = 20ms;
  Wire wire(config, 1);
  wire.send(counting(2), kStart);
  EXPECT_EQ(wire.queued(kStart + 2ms), 0U);
  EXPECT_EQ(wire.next_arrival(), kStart + 21ms);
  EXPECT_THAT(received(wire, kStart + 22ms), ElementsAre(0, 1));
}

TEST(Wire, AChangeOfLatencyNeverReordersBytes) {
  WireConfig config = at(10000);
  config.latency = 20ms;
  Wire wire(config, 1);
  wire.send(counting(2), kStart);
  wire.set_latency(0ms, kStart + 1ms);
  EXPECT_THAT(received(wire, kStart + 20ms), IsEmpty());
  EXPECT_THAT(received(wire, kStart + 21ms), ElementsAre(0, 1));
}

TEST(Wire, QuantumHoldsArrivalsUntilItsNextMultiple) {
  WireConfig config = at(10000);
  config.quantum = 16ms;
  Wire wire(config, 1);
  const Time tick{992ms};  // 62 * 16
  wire.send(counting(16), tick);
  EXPECT_EQ(wire.next_arrival(), tick + 16ms);
  EXPECT_THAT(received(wire, tick + 16ms - 1ns), IsEmpty());
  EXPECT_EQ(received(wire, tick + 16ms), counting(16));
}

TEST(Wire, AChangeOfSpeedLetsTheByteUnderWayFinish) {
  Wire wire(at(10000), 1);
  wire.send(counting(3), kStart);
  LineSettings fast;
  fast.baud = 100000;
  wire.set_sender(fast, kStart + 500us);
  wire.set_receiver(fast, kStart + 500us);
  EXPECT_THAT(received(wire, kStart + 1ms), ElementsAre(0));
  EXPECT_THAT(received(wire, kStart + 1100us), ElementsAre(1));
  EXPECT_THAT(received(wire, kStart + 1200us), ElementsAre(2));
}

TEST(Wire, LosesWhatLeavesWhileCutAndNothingElse) {
  WireConfig config = at(10000);
  config.latency = 5ms;
  Wire wire(config, 1);
  wire.send(counting(10), kStart);
  wire.cut(kStart + 3500us);   // the fourth is being sent
  wire.join(kStart + 6500us);  // the seventh is
  EXPECT_THAT(received(wire, kStart + 1s), ElementsAre(0, 1, 2, 7, 8, 9));
  EXPECT_EQ(wire.stats().lost, 4U);
  EXPECT_EQ(wire.stats().delivered, 6U);
}

TEST(Wire, LeavesOnTimeAfterACut) {
  Wire wire(at(10000), 1);
  wire.send(counting(10), kStart);
  wire.cut(kStart + 3500us);
  wire.join(kStart + 3600us);
  EXPECT_THAT(received(wire, kStart + 10ms - 1ns), ElementsAre(0, 1, 2, 4, 5, 6, 7, 8));
  EXPECT_THAT(received(wire, kStart + 10ms), ElementsAre(9));
}

TEST(Wire, HoldStopsTheSenderAndReleaseLetsItGo) {
  WireConfig config = at(10000);
  config.queue_capacity = 10;
  Wire wire(config, 1);
  wire.send(counting(8), kStart);
  wire.hold(kStart + 1500us);
  EXPECT_THAT(received(wire, kStart + 1s), ElementsAre(0, 1));
  EXPECT_EQ(wire.room(kStart + 1s), 4U);
  EXPECT_EQ(wire.room_time(5), kNever);
  wire.send(counting(2), kStart + 1s);
  wire.release(kStart + 2s);
  EXPECT_EQ(wire.next_arrival(), kStart + 2s + 1ms);
  EXPECT_THAT(received(wire, kStart + 3s), ElementsAre(2, 3, 4, 5, 6, 7, 0, 1));
}

TEST(Wire, ClearQueueThrowsAwayWhatHasNotLeft) {
  Wire wire(at(10000), 1);
  wire.send(counting(10), kStart);
  wire.clear_queue(kStart + 2ms);
  wire.send(counting(1), kStart + 2ms);
  EXPECT_THAT(received(wire, kStart + 1s), ElementsAre(0, 1, 0));
  EXPECT_EQ(wire.stats().lost, 8U);
}

TEST(Wire, LosesWhatTheReceiveBufferDoesNotHold) {
  WireConfig config = at(10000);
  config.receive_buffer = 5;
  Wire wire(config, 1);
  wire.send(counting(8), kStart);
  EXPECT_THAT(received(wire, kStart + 7ms), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(wire.stats().overrun, 2U);
  EXPECT_THAT(received(wire, kStart + 8ms), ElementsAre(7));
}

TEST(Wire, FlipsBitsAtTheBitErrorRate) {
  Wire wire(faulty({.ber = 0.001}), 7);
  const Bytes out = passed(wire, Bytes(100'000, Byte{0x55}));
  ASSERT_EQ(out.size(), 100'000U);
  int flipped = 0;
  for (const Byte byte : out) flipped += std::popcount(static_cast<unsigned>(byte ^ 0x55));
  EXPECT_EQ(wire.stats().faults.flipped, static_cast<std::uint64_t>(flipped));
  EXPECT_NEAR(flipped, 800, 150);
}

TEST(Wire, FlipsEachOfTheEightBits) {
  Wire wire(faulty({.ber = 0.01}), 7);
  Byte seen = 0;
  for (const Byte byte : passed(wire, Bytes(10'000, Byte{0}))) seen |= byte;
  EXPECT_EQ(seen, 0xFF);
  Wire always(faulty({.ber = 1}), 7);
  EXPECT_THAT(passed(always, {0x00, 0xA5}), ElementsAre(0xFF, 0x5A));
}

TEST(Wire, DropsBytes) {
  Wire wire(faulty({.drop = 0.01}), 7);
  const Bytes out = passed(wire, counting(100'000));
  EXPECT_EQ(out.size() + wire.stats().faults.dropped, 100'000U);
  EXPECT_NEAR(static_cast<double>(wire.stats().faults.dropped), 1000, 200);
}

TEST(Wire, InsertsBytes) {
  Wire wire(faulty({.insert = 0.01}), 7);
  const Bytes out = passed(wire, counting(100'000));
  EXPECT_EQ(out.size(), 100'000U + wire.stats().faults.inserted);
  EXPECT_NEAR(static_cast<double>(wire.stats().faults.inserted), 1000, 200);
}

TEST(Wire, DuplicatesBytes) {
  Wire always(faulty({.duplicate = 1}), 7);
  EXPECT_THAT(passed(always, {1, 2}), ElementsAre(1, 1, 2, 2));
  Wire wire(faulty({.duplicate = 0.01}), 7);
  const Bytes out = passed(wire, counting(100'000));
  EXPECT_EQ(out.size(), 100'000U + wire.stats().faults.duplicated);
  EXPECT_NEAR(static_cast<double>(wire.stats().faults.duplicated), 1000, 200);
}

TEST(Wire, ZeroesBytes) {
  Wire wire(faulty({.zero = 0.01}), 7);
  const Bytes out = passed(wire, Bytes(100'000, Byte{1}));
  EXPECT_EQ(static_cast<std::uint64_t>(std::ranges::count(out, Byte{0})), wire.stats().faults.zeroed);
  EXPECT_NEAR(static_cast<double>(wire.stats().faults.zeroed), 1000, 200);
}

TEST(Wire, ABurstDamagesItsLengthAndNoMore) {
  Wire wire(faulty({.burst = 0.0001, .burst_length = 50}), 7);
  const Bytes out = passed(wire, Bytes(100'000, Byte{0}));
  ASSERT_EQ(out.size(), 100'000U);
  const auto is_damaged = [](Byte byte) { return byte != 0; };
  const std::uint64_t bursts = wire.stats().faults.randomized / 50;
  EXPECT_EQ(wire.stats().faults.randomized % 50, 0U);
  EXPECT_GE(bursts, 3U);
  EXPECT_LE(bursts, 30U);
  // One random byte in 256 is 0 by chance and is not seen.
  EXPECT_GE(std::ranges::count_if(out, is_damaged), static_cast<std::ptrdiff_t>(bursts * 45));
  const auto first = std::ranges::find_if(out, is_damaged);
  ASSERT_GT(out.end() - first, 200);
  EXPECT_GE(std::count_if(first, first + 50, is_damaged), 45);
}

TEST(Wire, AStallStopsTheSenderForItsTime) {
  WireConfig config = at(10000);
  config.faults.stall = 1;
  config.faults.stall_time = 50ms;
  Wire wire(config, 7);
  wire.send(counting(2), kStart);
  EXPECT_EQ(wire.next_arrival(), kStart + 51ms);
  EXPECT_THAT(received(wire, kStart + 102ms - 1ns), ElementsAre(0));
  EXPECT_THAT(received(wire, kStart + 102ms), ElementsAre(1));
}

TEST(Wire, ABurstInProgressEndsWithTheFaults) {
  Wire wire(faulty({.burst = 1, .burst_length = 200}), 7);
  passed(wire, Bytes(8, 0x55));
  wire.set_faults({});
  EXPECT_EQ(passed(wire, Bytes(8, 0x55)), Bytes(8, 0x55));
}

TEST(Wire, FaultsCanBeChangedOnTheWay) {
  Wire wire(at(0), 7);
  EXPECT_THAT(passed(wire, {1, 2}), ElementsAre(1, 2));
  wire.set_faults({.drop = 1});
  EXPECT_THAT(passed(wire, {1, 2}), IsEmpty());
  wire.set_faults({});
  EXPECT_THAT(passed(wire, {1, 2}), ElementsAre(1, 2));
}

TEST(Wire, TheSameSeedGivesTheSameFaultsHoweverItIsPolled) {
  const Faults faults{.ber = 0.001, .drop = 0.01, .insert = 0.01, .burst = 0.001, .burst_length = 5};
  WireConfig config = at(115200);
  config.faults = faults;
  Wire often(config, 42);
  Wire once(config, 42);
  Wire unlike(config, 43);
  for (Wire* wire : {&often, &once, &unlike}) wire->send(counting(4096), kStart);
  Bytes out;
  for (Time now = kStart; now < kStart + 1s; now += 100us) often.receive(now, out);
  EXPECT_EQ(out, received(once, kStart + 1s));
  EXPECT_NE(out, received(unlike, kStart + 1s));
}

// ---- Ends with different settings ----

WireConfig between(std::uint32_t sender, std::uint32_t receiver) {
  WireConfig config;
  config.sender.baud = sender;
  config.receiver.baud = receiver;
  return config;
}

TEST(Wire, SpeedsThreePercentApartUnderstandEachOther) {
  Wire wire(between(115200, 112000), 1);
  EXPECT_EQ(passed(wire, counting(1000)), counting(1000));
  EXPECT_EQ(wire.stats().garbled, 0U);
}

TEST(Wire, SpeedsEightPercentApartGarble) {
  Wire wire(between(115200, 106000), 1);
  EXPECT_NE(passed(wire, counting(1000)), counting(1000));
  EXPECT_EQ(wire.stats().garbled, 1000U);
}

TEST(Wire, ASlowerReceiverHearsFewerBytesByTheRatioOfSpeeds) {
  Wire wire(between(115200, 9600), 1);
  const std::size_t heard = passed(wire, counting(12'000)).size();
  EXPECT_GT(heard, 700U);
  EXPECT_LT(heard, 1300U);
}

TEST(Wire, AFasterReceiverHearsMoreBytesOfWhichManyAreZero) {
  Wire wire(between(9600, 115200), 1);
  const Bytes out = passed(wire, counting(2'560));
  EXPECT_GT(out.size(), 2'560U);
  EXPECT_GT(std::ranges::count(out, Byte{0}), 1000);
}

TEST(Wire, ALoneByteToASlowerReceiverIsHeardWhenTheLineIdles) {
  Wire wire(between(19200, 9600), 1);
  // Low for the start bit and seven data bits, which are four of the receiver's bits: start and three data
  // bits. The rest is high.
  wire.send(Bytes{0x80}, kStart);
  EXPECT_THAT(received(wire, kStart + 1s), ElementsAre(0xF8));
}

TEST(Wire, AMissingParityBitIsAFramingErrorOrNot) {
  WireConfig config = at(9600);
  config.sender.parity = Parity::even;
  Wire wire(config, 1);
  // 0x01 has its parity bit set, which looks like a stop bit; that of 0x03 is clear.
  EXPECT_THAT(passed(wire, {0x01}), ElementsAre(0x01));
  EXPECT_THAT(passed(wire, {0x03}), ElementsAre(0x00));
}

TEST(Wire, AWrongParityArrivesAsZero) {
  WireConfig config = at(9600);
  config.sender.parity = Parity::even;
  config.receiver.parity = Parity::odd;
  Wire wire(config, 1);
  EXPECT_THAT(passed(wire, {0x01, 0x03, 0x07}), ElementsAre(0, 0, 0));
}

TEST(Wire, SevenDataBitsLoseTheEighth) {
  WireConfig config = at(9600);
  config.sender.data_bits = config.receiver.data_bits = 7;
  Wire wire(config, 1);
  EXPECT_THAT(passed(wire, {0x41, 0xC1}), ElementsAre(0x41, 0x41));
}

TEST(Wire, UnderstandsAgainOnceTheReceiverIsSetLikeTheSender) {
  Wire wire(between(115200, 9600), 1);
  wire.send(counting(100), kStart);
  EXPECT_NE(received(wire, kStart + 1s), counting(100));
  LineSettings settings;
  wire.set_receiver(settings, kStart + 1s);
  wire.send(counting(100), kStart + 1s);
  EXPECT_EQ(received(wire, kStart + 2s), counting(100));
}

}  // namespace
}  // namespace serialtcp::sim
