// What UARTs do to speeds and bytes, over ranges of parameters: clocks, drivers, cables with a limit, FIFOs, contacts.
#include "sim/uart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "sim/cable.h"
#include "sim/receive_fifo.h"
#include "sim/wire.h"

namespace serialtcp::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Then = SpeedRule::Then;

constexpr Time kStart{1s};
constexpr std::uint32_t kSpeeds[] = {300, 9600, 115200, 921600, 3'000'000, 12'000'000};

Bytes counting(std::size_t count) {
  Bytes bytes(count);
  std::iota(bytes.begin(), bytes.end(), Byte{0});
  return bytes;
}

CableConfig at(std::uint32_t baud) {
  CableConfig config;
  config.a.baud = config.b.baud = baud;
  config.queue_capacity = 1 << 20;
  return config;
}

/// What arrives of these bytes, sent by A without gaps.
Bytes passed(Cable& cable, ByteView bytes, Time from = kStart) {
  cable.send(End::a, bytes, from);
  Bytes out;
  while (cable.in_transit(End::a) > 0) cable.receive(End::b, cable.next_arrival(End::b), out);
  return out;
}

std::size_t differing(const Bytes& one, const Bytes& other) {
  const std::size_t common = std::min(one.size(), other.size());
  std::size_t count = std::max(one.size(), other.size()) - common;
  for (std::size_t i = 0; i < common; ++i) count += one[i] != other[i] ? 1 : 0;
  return count;
}

// ---- Drivers and clocks ----

TEST(Uart, TakesEverySpeedWithoutRules) {
  for (const std::uint32_t speed : kSpeeds) {
    EXPECT_EQ(Uart{}.taken(speed, 115200), speed);
    EXPECT_EQ(Uart{}.real(speed), speed);
  }
  EXPECT_EQ(Uart{}.real(0), 0U);
}

TEST(Uart, RefusesTakesAnotherOrDividesWrongly) {
  const Uart uart{.rules = {{921600, 921600, Then::refuses},
                            {1'000'000, 1'000'000, Then::takes, 921600},
                            {500'000, 500'000, Then::divides, 460'800},
                            {1'500'000, kMaxBaud, Then::refuses}}};
  EXPECT_EQ(uart.taken(921600, 115200), 115200U);
  EXPECT_EQ(uart.taken(1'000'000, 115200), 921600U);
  EXPECT_EQ(uart.taken(500'000, 115200), 500'000U);
  EXPECT_EQ(uart.real(500'000), 460'800U);
  EXPECT_EQ(uart.taken(1'499'999, 9600), 1'499'999U);
  EXPECT_EQ(uart.taken(1'500'000, 9600), 9600U);
  EXPECT_EQ(uart.taken(12'000'000, 9600), 9600U);
}

TEST(Uart, HasAClockThatIsWrongByPartsPerMillion) {
  for (const std::int32_t error : {-200'000, -20'000, -300, 0, 300, 20'000, 200'000}) {
    for (const std::uint32_t speed : kSpeeds) {
      const double wanted = speed * (1 + error / 1e6);
      EXPECT_NEAR(Uart{.clock_error = error}.real(speed), wanted, 0.51) << speed << ' ' << error;
    }
  }
  EXPECT_EQ(Uart{.clock_error = 200'000}.real(kMaxBaud), kMaxBaud);
  EXPECT_EQ(Uart{.clock_error = -200'000}.real(1), 1U);
}

TEST(CableUart, AnEndFindsWhatItsDriverHasTaken) {
  CableConfig config = at(115200);
  config.uart_a.rules = {{921600, 921600, Then::refuses}, {1'000'000, 1'000'000, Then::takes, 500'000}};
  Cable cable(config, 1);
  cable.set_settings(End::a, {.baud = 921600}, kStart);
  EXPECT_EQ(cable.settings(End::a).baud, 115200U);
  cable.set_settings(End::a, {.baud = 1'000'000}, kStart);
  EXPECT_EQ(cable.settings(End::a).baud, 500'000U);
  cable.set_settings(End::b, {.baud = 500'000}, kStart);
  EXPECT_EQ(passed(cable, counting(256)), counting(256));
}

TEST(CableUart, ADriverThatDividesWronglyIsNotUnderstood) {
  CableConfig config = at(115200);
  config.uart_a.rules = {{1'000'000, 1'000'000, Then::divides, 920'000}};
  Cable cable(config, 1);
  for (const End end : {End::a, End::b}) cable.set_settings(end, {.baud = 1'000'000}, kStart);
  EXPECT_EQ(cable.settings(End::a).baud, 1'000'000U);
  EXPECT_NE(passed(cable, counting(256)), counting(256));
  EXPECT_GT(cable.stats().a_to_b.errors.framing, 0U);
}

TEST(CableUart, ClocksMayDifferByFourPercentAtEverySpeed) {
  for (const std::uint32_t speed : kSpeeds) {
    for (std::int32_t error = 0; error <= 80'000; error += 5000) {
      for (const int sign : {1, -1}) {
        CableConfig config = at(speed);
        config.uart_a.clock_error = sign * error / 2;
        config.uart_b.clock_error = -sign * error / 2;
        Cable cable(config, 1);
        const Bytes heard = passed(cable, counting(256));
        // At 4 to 5.2 %, the stop bit is still sampled where it is.
        if (error <= 35'000) {
          EXPECT_EQ(heard, counting(256)) << speed << ' ' << sign * error;
        } else if (error >= 60'000) {
          EXPECT_NE(heard, counting(256)) << speed << ' ' << sign * error;
        }
      }
    }
  }
}

TEST(CableUart, AClockThatIsTooFastSendsFaster) {
  CableConfig config = at(10'000);
  config.uart_a.clock_error = 20'000;
  Cable cable(config, 1);
  cable.send(End::a, counting(102), kStart);
  Bytes heard;
  cable.receive(End::b, kStart + 100ms, heard);
  EXPECT_EQ(heard.size(), 102U);
}

// ---- A cable with a limit ----

TEST(CableLimit, LosesMoreBitsTheFasterTheLine) {
  double before = 0;
  for (const double factor : {0.1, 0.5, 1.0}) {
    EXPECT_EQ(bit_loss(static_cast<std::uint32_t>(1e6 * factor), 1'000'000), 0) << factor;
  }
  for (const double factor : {1.02, 1.1, 1.5, 2.0, 3.0, 10.0, 100.0}) {
    const double loss = bit_loss(static_cast<std::uint32_t>(1e6 * factor), 1'000'000);
    EXPECT_GT(loss, before) << factor;
    EXPECT_LT(loss, 0.5) << factor;
    before = loss;
  }
  EXPECT_EQ(bit_loss(kMaxBaud, 0), 0);
}

TEST(CableLimit, HitsAsManyBytesAsItsBitsSayAndCountsThem) {
  constexpr std::size_t kCount = 200'000;
  for (const std::uint32_t speed : {100'000U, 115'000U, 150'000U, 200'000U}) {
    CableConfig config = at(speed);
    config.limit = 100'000;
    Cable cable(config, 7);
    Bytes sent(kCount, 0x55);
    const Bytes heard = passed(cable, sent);
    const auto wrong =
        static_cast<double>(std::ranges::count_if(heard, [](Byte byte) { return byte != 0x55; }));
    // A bit that is lost hits its character; a start bit, also a few that follow.
    const double hit = kCount * 10 * bit_loss(speed, 100'000);
    EXPECT_GE(wrong, hit * 0.7) << speed;
    EXPECT_LE(wrong, hit * 2.5) << speed;
    const WireStats stats = cable.stats().a_to_b;
    EXPECT_EQ(stats.errors.framing > 0, hit > 0) << speed;
    EXPECT_EQ(stats.garbled, hit > 0 ? kCount : 0U) << speed;
  }
}

TEST(CableLimit, MayBeOfOneDirection) {
  Cable cable(at(1'000'000), 1);
  cable.set_limit(End::b, 200'000, kStart);
  EXPECT_EQ(passed(cable, counting(4000)), counting(4000));
  cable.send(End::b, counting(4000), kStart);
  Bytes heard;
  cable.receive(End::a, kStart + 1s, heard);
  EXPECT_GT(differing(heard, counting(4000)), 500U);
  cable.set_limit(End::b, 0, kStart + 1s);
  cable.send(End::b, counting(256), kStart + 1s);
  heard.clear();
  cable.receive(End::a, kStart + 2s, heard);
  EXPECT_EQ(heard, counting(256));
}

TEST(CableLimit, IsTheSameForTheSameSeed) {
  CableConfig config = at(200'000);
  config.limit = 100'000;
  Cable one(config, 3);
  Cable same(config, 3);
  Cable other(config, 4);
  const Bytes heard = passed(one, counting(5000));
  EXPECT_EQ(passed(same, counting(5000)), heard);
  EXPECT_NE(passed(other, counting(5000)), heard);
}

// ---- FIFOs ----

TEST(ReceiveFifo, LosesWhatDoesNotFitUntilTheDriverComes) {
  ReceiveFifo fifo({.size = 4, .late = 1, .late_time = 10ms}, 1);
  Bytes out;
  for (int i = 0; i < 8; ++i) fifo.put(static_cast<Byte>(i), kStart + i * 1ms, out);
  EXPECT_THAT(out, IsEmpty());
  EXPECT_EQ(fifo.due(), kStart + 10ms);
  EXPECT_EQ(fifo.held(), 4U);
  EXPECT_EQ(fifo.lost(), 4U);
  EXPECT_EQ(fifo.overruns(), 1U);
  fifo.read(kStart + 10ms - 1ns, out);
  EXPECT_THAT(out, IsEmpty());
  fifo.read(kStart + 10ms, out);
  EXPECT_THAT(out, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(fifo.due(), kNever);
}

TEST(ReceiveFifo, LosesNothingWhereItStopsTheSender) {
  ReceiveFifo fifo({.size = 4, .late = 1, .late_time = 10ms, .stops_sender = true}, 1);
  Bytes out;
  for (int i = 0; i < 8; ++i) fifo.put(static_cast<Byte>(i), kStart + i * 1ms, out);
  fifo.read(kStart + 10ms, out);
  EXPECT_THAT(out, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  EXPECT_EQ(fifo.lost(), 0U);
}

TEST(CableFifo, LosesRunsAsLongAsTheDriverIsLateAndDelaysNothingElse) {
  for (const std::uint32_t speed : {9600U, 115200U, 921600U}) {
    for (const Duration late : {Duration(500us), Duration(2ms), Duration(10ms)}) {
      CableConfig config = at(speed);
      config.fifo = {.size = 16, .late = 1e-3, .late_time = late};
      Cable cable(config, 5);
      const Bytes sent = counting(100'000);
      const Bytes heard = passed(cable, sent);
      const WireStats stats = cable.stats().a_to_b;
      const std::uint64_t meanwhile = speed / 10 * static_cast<std::uint64_t>(late / 1us) / 1'000'000;
      if (meanwhile < 15) {
        EXPECT_EQ(heard, sent) << speed;
        EXPECT_EQ(stats.fifo_overruns, 0U) << speed;
        continue;
      }
      EXPECT_EQ(heard.size() + stats.fifo_lost, sent.size());
      if (meanwhile < 17) continue;
      EXPECT_GT(stats.fifo_overruns, 10U) << speed;
      // Each run is what came meanwhile, without what was kept; the last one may have ended with what was sent.
      EXPECT_LE(stats.fifo_lost, stats.fifo_overruns * (meanwhile - 14)) << speed;
      EXPECT_GE(stats.fifo_lost, (stats.fifo_overruns - 1) * (meanwhile - 16)) << speed;
    }
  }
}

TEST(CableFifo, SeesPausesOfTheSender) {
  CableConfig config = at(10'000);
  config.fifo = {.size = 2, .late = 1, .late_time = 3ms};
  Cable cable(config, 1);
  Bytes heard;
  for (int i = 0; i < 10; ++i) {
    cable.send(End::a, Bytes{static_cast<Byte>(2 * i), static_cast<Byte>(2 * i + 1)}, kStart + i * 10ms);
    cable.receive(End::b, kStart + i * 10ms + 5ms, heard);
  }
  EXPECT_EQ(heard, counting(20));
}

// ---- Contacts ----

TEST(CableContact, ThatIsOpenLooksIdle) {
  Cable cable(at(10'000), 1);
  cable.set_contact(End::a, Contact::open, kStart);
  EXPECT_THAT(passed(cable, counting(10)), IsEmpty());
  EXPECT_EQ(cable.next_arrival(End::b), kNever);
  EXPECT_EQ(cable.stats().a_to_b.errors.breaks, 0U);
  cable.set_contact(End::a, Contact::joined, kStart + 1s);
  EXPECT_EQ(passed(cable, counting(10), kStart + 1s), counting(10));
}

TEST(CableContact, ThatIsLowIsOneBreak) {
  Cable cable(at(10'000), 1);
  cable.set_contact(End::a, Contact::low, kStart);
  EXPECT_EQ(cable.next_arrival(End::b), kStart + 1ms);
  cable.send(End::a, counting(10), kStart);
  Bytes heard;
  cable.receive(End::b, kStart + 10s, heard);
  EXPECT_THAT(heard, ElementsAre(0));
  EXPECT_EQ(cable.stats().a_to_b.errors.breaks, 1U);
  EXPECT_EQ(cable.stats().a_to_b.lost, 10U);
  EXPECT_EQ(cable.stats().b_to_a.errors.breaks, 0U);
}

TEST(CableContact, WithoutAGroundBreaksFiftyTimesASecondAndPassesTheRest) {
  Cable cable(at(115200), 1);
  cable.set_contact(End::a, Contact::hum, kStart);
  Bytes heard;
  cable.receive(End::b, kStart + 1s, heard);
  EXPECT_EQ(heard, Bytes(50, 0));
  EXPECT_EQ(cable.stats().a_to_b.errors.breaks, 50U);
  cable.send(End::a, Bytes(11520, 0x55), kStart + 1s);  // a second
  heard.clear();
  cable.receive(End::b, kStart + 2s, heard);
  EXPECT_NEAR(static_cast<double>(std::ranges::count(heard, 0x55)), 5760, 150);
}

// ---- A wrong speed ----

TEST(WrongSpeed, FramingErrorsAreNullBytesAndAreCounted) {
  for (const std::uint32_t sender : {9600U, 57600U, 200'000U, 1'000'000U}) {
    CableConfig config = at(sender);
    config.b.baud = 115200;
    Cable cable(config, 1);
    const Bytes heard = passed(cable, counting(2560));
    const ReceiveErrors errors = cable.stats().a_to_b.errors;
    EXPECT_GT(errors.framing + errors.breaks, 0U) << sender;
    EXPECT_GE(static_cast<std::uint64_t>(std::ranges::count(heard, 0)), errors.framing + errors.breaks)
        << sender;
  }
}

TEST(WrongSpeed, ANullByteAtHalfTheSpeedIsABreak) {
  CableConfig config = at(57600);
  config.b.baud = 115200;
  Cable cable(config, 1);
  EXPECT_THAT(passed(cable, Bytes{0}), ElementsAre(0));
  EXPECT_EQ(cable.stats().a_to_b.errors.breaks, 1U);
  EXPECT_EQ(cable.stats().a_to_b.errors.framing, 0U);
}

TEST(WrongSpeed, WrongParityIsCounted) {
  CableConfig config = at(115200);
  config.a.parity = Parity::odd;
  config.b.parity = Parity::even;
  Cable cable(config, 1);
  EXPECT_EQ(passed(cable, counting(256)), Bytes(256, 0));
  EXPECT_EQ(cable.stats().a_to_b.errors.parity, 256U);
}

}  // namespace
}  // namespace serialtcp::sim
