// The UARTs of the emulated cable on real ptys: speeds that change, drivers, clocks, FIFOs, wires.
#include <gtest/gtest.h>

#include "emulator/pty_cable_fixture.h"
#include "port/serial_modes.h"

namespace serialtcp::io {
namespace {

using PtyUart = PtyCableTest;

std::uint32_t speed_of(User& user) {
  const auto found = settings_in_force(user.fd());
  return found ? found->baud : 0;
}

TEST_F(PtyUart, EndsMayChangeTheirSpeedsWhileTheyRun) {
  ASSERT_TRUE(start());
  User a(config_.a);
  User b(config_.b);
  Bytes sent;
  for (const std::uint32_t speed : {115200U, 921600U, 3'000'000U, 1'000'000U, 9600U, 460800U}) {
    a.set({.baud = speed});
    b.set({.baud = speed});
    write_all(a, counting(256));
    for (const Byte byte : counting(256)) sent.push_back(byte);
    ASSERT_TRUE(until([&] { return b.read_all() == sent; })) << speed;
  }
}

TEST_F(PtyUart, ADriverRefusesSpeedsAndTakesOthers) {
  config_.settings.uarts[0].rules = {
      {.first = 921600, .last = 921600},
      {.first = 1'000'000, .last = 1'000'000, .then = sim::SpeedRule::Then::takes, .speed = 500'000}};
  ASSERT_TRUE(start());
  User a(config_.a);
  User b(config_.b);
  a.set({.baud = 230400});
  ASSERT_TRUE(until([&] { return cable().line(End::a).baud == 230400; }));
  a.set({.baud = 921600});
  EXPECT_TRUE(until([&] { return speed_of(a) == 230400; }));
  a.set({.baud = 1'000'000, .parity = Parity::odd});
  EXPECT_TRUE(until([&] { return speed_of(a) == 500'000; }));
  EXPECT_EQ(cable().line(End::a).parity, sim::Parity::odd);
  b.set({.baud = 1'000'000});
  EXPECT_TRUE(until([&] { return cable().line(End::b).baud == 1'000'000; }));
  EXPECT_EQ(speed_of(b), 1'000'000U);
}

TEST_F(PtyUart, ADriverThatDividesWronglyIsFoundOnlyOnTheLine) {
  config_.settings.uarts[0].rules = {
      {.first = 500'000, .last = 500'000, .then = sim::SpeedRule::Then::divides, .speed = 460'800}};
  ASSERT_TRUE(start());
  User a(config_.a);
  User b(config_.b);
  for (User* user : {&a, &b}) user->set({.baud = 500'000});
  write_all(a, counting(256));
  EXPECT_TRUE(until([&] { return cable().stats().a_to_b.wire.garbled == 256 && !b.read_all().empty(); }));
  EXPECT_EQ(speed_of(a), 500'000U);
}

TEST_F(PtyUart, ClocksCablesAndWiresCanChangeWhileItRuns) {
  ASSERT_TRUE(start());
  User a(config_.a);
  User b(config_.b);
  CableSettings settings;
  settings.uarts[0].clock_error = 80'000;
  cable().change(settings);
  write_all(a, counting(100));
  EXPECT_TRUE(until([&] { return cable().stats().a_to_b.wire.garbled == 100; }));
  settings.uarts[0].clock_error = 20'000;
  settings.limits = {57600, 0};
  cable().change(settings);
  write_all(a, counting(100));
  EXPECT_TRUE(until([&] { return cable().stats().a_to_b.wire.garbled == 200; }));
  write_all(b, counting(100));
  EXPECT_TRUE(until([&] { return a.read_all() == counting(100); }));
  settings.limits = {};
  settings.outputs = {sim::Contact::low, sim::Contact::joined};
  cable().change(settings);
  EXPECT_TRUE(until([&] { return cable().stats().a_to_b.wire.errors.breaks > 0; }));
  settings.outputs = {};
  settings.ground = CableSettings::Ground::missing;
  cable().change(settings);
  EXPECT_TRUE(until([&] {
    const PtyCable::Stats stats = cable().stats();
    return stats.a_to_b.wire.errors.breaks > 4 && stats.b_to_a.wire.errors.breaks > 4;
  }));
}

TEST_F(PtyUart, ALateDriverLosesRunsUnlessRtsStopsTheSender) {
  config_.settings.fifo = {.size = 16, .late = 1, .late_time = 5ms};
  ASSERT_TRUE(start());
  User a(config_.a);
  User b(config_.b);
  write_all(a, counting(2000));
  EXPECT_TRUE(until([&] {
    const PtyCable::Direction way = cable().stats().a_to_b;
    return way.wire.fifo_lost > 1000 && way.wire.fifo_lost + way.delivered == 2000;
  }));
  const std::uint64_t lost = cable().stats().a_to_b.wire.fifo_lost;
  for (User* user : {&a, &b}) user->set({.flow_control = FlowControl::rts_cts});
  const std::size_t before = b.read_all().size();
  write_all(a, counting(2000));
  EXPECT_TRUE(until([&] { return b.read_all().size() == before + 2000; }));
  EXPECT_EQ(cable().stats().a_to_b.wire.fifo_lost, lost);
}

TEST_F(PtyUart, WithoutFlowWiresAnEndThatNeedsThemSendsNothing) {
  config_.settings.flow_wires = CableSettings::FlowWires::missing;
  ASSERT_TRUE(start());
  User a(config_.a);
  User b(config_.b);
  a.set({.flow_control = FlowControl::rts_cts});
  write_all(a, counting(100));
  write_all(b, counting(50));
  EXPECT_TRUE(until([&] { return a.read_all() == counting(50); }));
  EXPECT_TRUE(b.read_all().empty());
  CableSettings settings = cable().settings();
  settings.flow_wires = CableSettings::FlowWires::looped;
  cable().change(settings);
  EXPECT_TRUE(until([&] { return b.read_all() == counting(100); }));
}

TEST_F(PtyUart, LoopedFlowWiresDoNotStopTheSender) {
  config_.settings.flow_wires = CableSettings::FlowWires::looped;
  config_.settings.baud = 3'000'000;
  ASSERT_TRUE(start());
  User a(config_.a);
  User b(config_.b);
  for (User* user : {&a, &b}) user->set({.flow_control = FlowControl::rts_cts});
  write_all(a, Bytes(100'000));
  EXPECT_TRUE(until([&] { return cable().stats().a_to_b.overrun > 0; }));
}

}  // namespace
}  // namespace serialtcp::io
