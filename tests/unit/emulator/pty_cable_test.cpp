// The emulated cable on real ptys, in real time. The tests wait for conditions, never for a time.
#include "emulator/pty_cable.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "emulator/pty_cable_fixture.h"

namespace serialtcp::io {
namespace {

using ::testing::HasSubstr;

TEST_F(PtyCableTest, CarriesEveryByteValueBothWays) {
  ASSERT_TRUE(start());
  User a(config_.a);
  User b(config_.b);
  write_all(a, counting(256));
  write_all(b, counting(300));
  EXPECT_TRUE(until([&] { return b.read_all() == counting(256) && a.read_all() == counting(300); }));
  EXPECT_EQ(cable().stats().a_to_b.delivered, 256U);
  EXPECT_EQ(cable().stats().b_to_a.delivered, 300U);
}

TEST_F(PtyCableTest, FollowsTheSettingsOfEachEndEvenOddSpeeds) {
  ASSERT_TRUE(start());
  User a(config_.a);
  User b(config_.b);
  a.set({.baud = 74880, .parity = Parity::odd});
  b.set({.baud = 3000000, .stop_bits = StopBits::two});
  EXPECT_TRUE(
      until([&] { return cable().line(End::a).baud == 74880 && cable().line(End::b).baud == 3000000; }));
  EXPECT_EQ(cable().line(End::a).parity, sim::Parity::odd);
  EXPECT_EQ(cable().line(End::b).parity, sim::Parity::none);
  EXPECT_EQ(cable().line(End::b).stop_bits, sim::StopBits::two);
}

TEST_F(PtyCableTest, AFixedSpeedOverridesWhatTheEndsSet) {
  config_.settings.baud = 230400;
  ASSERT_TRUE(start());
  User a(config_.a);
  User b(config_.b);
  a.set({.baud = 9600});
  write_all(a, counting(100));
  EXPECT_TRUE(until([&] { return b.read_all() == counting(100); }));
  EXPECT_EQ(cable().line(End::a).baud, 230400U);
}

TEST_F(PtyCableTest, DifferentSpeedsGarble) {
  ASSERT_TRUE(start());
  User a(config_.a);
  User b(config_.b);
  a.set({.baud = 115200});
  b.set({.baud = 57600});
  write_all(a, counting(200));
  EXPECT_TRUE(until([&] { return cable().stats().a_to_b.wire.garbled == 200 && b.read_all().size() > 50; }));
  EXPECT_NE(b.read_all(), counting(200));
}

TEST_F(PtyCableTest, CutLosesAndJoinHeals) {
  ASSERT_TRUE(start());
  User a(config_.a);
  User b(config_.b);
  cable().set_wiring(PtyCable::Wiring::cut);
  write_all(a, counting(10));
  EXPECT_TRUE(until([&] { return cable().stats().a_to_b.wire.lost == 10; }));
  cable().set_wiring(PtyCable::Wiring::joined);
  write_all(a, counting(5));
  EXPECT_TRUE(until([&] { return b.read_all() == counting(5); }));
}

TEST_F(PtyCableTest, EchoReturnsToTheSender) {
  ASSERT_TRUE(start());
  User a(config_.a);
  cable().set_echo(sim::Echo::on);
  write_all(a, counting(10));
  EXPECT_TRUE(until([&] { return a.read_all() == counting(10); }));
}

TEST_F(PtyCableTest, EatsMapsAndStrips) {
  config_.settings.eaten = {0x11, 0x13};
  config_.settings.strip = true;
  config_.settings.faults.alterations = {{0x0D, {0x0A}}};
  ASSERT_TRUE(start());
  User a(config_.a);
  User b(config_.b);
  write_all(a, Bytes{0x11, 'x', 0x0D, 0x13, 0xC1});
  EXPECT_TRUE(until([&] { return b.read_all() == Bytes{'x', 0x0A, 'A'}; }));
  EXPECT_EQ(cable().stats().a_to_b.wire.faults.altered, 4U);
}

TEST_F(PtyCableTest, ATerminalEchoesAndIsStopped) {
  config_.settings.cooked = true;
  ASSERT_TRUE(start());
  User a(config_.a);
  User b(config_.b);
  write_all(a, Bytes{0x93, 'x', 0x0D});
  EXPECT_TRUE(until([&] { return b.read_all() == Bytes{'x', 0x0A}; }));
  write_all(b, Bytes{'y'});
  EXPECT_TRUE(until([&] { return cable().stats().b_to_a.wire.sent == 3; }));
  EXPECT_TRUE(a.read_all().empty());
  write_all(a, Bytes{0x11});
  EXPECT_TRUE(until([&] { return a.read_all() == Bytes{'x', 0x0D, 0x0A, 'y'}; }));
}

TEST_F(PtyCableTest, SoftwareFlowControlStopsEitherEndAndWaitsForASlowReader) {
  config_.settings.software_flow_control = true;
  config_.settings.baud = 0;
  ASSERT_TRUE(start());
  User a(config_.a);
  User b(config_.b);
  write_all(b, Bytes{0x13});
  EXPECT_TRUE(until([&] { return cable().stats().b_to_a.wire.delivered == 1; }));
  write_all(a, counting(17));
  EXPECT_TRUE(until([&] { return cable().stats().a_to_b.wire.sent == 17; }));
  EXPECT_TRUE(b.read_all().empty());
  write_all(b, Bytes{0x11});
  EXPECT_TRUE(until([&] { return b.read_all() == counting(17); }));
  EXPECT_TRUE(a.read_all().empty());
}

TEST_F(PtyCableTest, UnplugHangsUpAndPlugBringsItBack) {
  ASSERT_TRUE(start());
  User b(config_.b);
  {
    User a(config_.a);
    cable().unplug(End::a);
    EXPECT_TRUE(a.is_hung_up());
    EXPECT_EQ(::write(a.fd(), "x", 1), -1);
    EXPECT_EQ(errno, EIO);
    EXPECT_FALSE(fs::exists(fs::symlink_status(config_.a)));
    EXPECT_FALSE(cable().is_plugged(End::a));
    write_all(b, counting(10));
    EXPECT_TRUE(until([&] { return cable().stats().b_to_a.unheard == 10; }));
    ASSERT_TRUE(cable().plug(End::a));
  }
  User again(config_.a);
  write_all(b, counting(7));
  EXPECT_TRUE(until([&] { return again.read_all() == counting(7); }));
  write_all(again, counting(8));
  EXPECT_TRUE(until([&] { return b.read_all() == counting(8); }));
}

TEST_F(PtyCableTest, ForgetsWhatArrivesWhileNobodyHasTheDeviceOpen) {
  ASSERT_TRUE(start());
  User a(config_.a);
  write_all(a, counting(50));
  EXPECT_TRUE(until([&] { return cable().stats().a_to_b.unheard == 50; }));
  User b(config_.b);
  write_all(a, Bytes{1, 2, 3});
  EXPECT_TRUE(until([&] { return b.read_all() == Bytes({1, 2, 3}); }));
}

TEST_F(PtyCableTest, ANewHolderDoesNotFindWhatTheLastOneLeftUnread) {
  ASSERT_TRUE(start());
  User a(config_.a);
  {
    User b(config_.b);
    write_all(a, counting(50));
    EXPECT_TRUE(until([&] { return cable().stats().a_to_b.delivered == 50; }));
  }
  // That the last holder has left is visible by bytes that are not received any more.
  std::size_t written = 50;
  ASSERT_TRUE(until([&] {
    const auto direction = cable().stats().a_to_b;
    if (direction.unheard == 0) written += a.write_some(Bytes{1});
    return direction.unheard > 0 && written == direction.delivered + direction.unheard;
  }));
  User b(config_.b);
  write_all(a, Bytes{9});
  EXPECT_TRUE(until([&] { return b.read_all() == Bytes{9}; })) << ::testing::PrintToString(b.read_all());
}

TEST_F(PtyCableTest, DeliversWhatAProgramWroteThatOpenedAndClosedAtOnce) {
  ASSERT_TRUE(start());
  User b(config_.b);
  Bytes sent;
  for (int i = 0; i < 20; ++i) {
    User a(config_.a);
    const Bytes bytes = counting(10);
    ASSERT_EQ(a.write_some(bytes), bytes.size());
    a.close();
    sent.insert(sent.end(), bytes.begin(), bytes.end());
    ASSERT_TRUE(until([&] { return b.read_all() == sent; })) << i;
  }
}

TEST_F(PtyCableTest, KeepsSettingsWhenTheDeviceIsClosedAndWhenItIsPulled) {
  ASSERT_TRUE(start());
  {
    User a(config_.a);
    a.set({.baud = 19200});
  }
  EXPECT_TRUE(until([&] { return cable().line(End::a).baud == 19200; }));
  cable().unplug(End::a);
  ASSERT_TRUE(cable().plug(End::a));
  EXPECT_TRUE(until([&] { return cable().is_plugged(End::a); }));
  EXPECT_EQ(cable().line(End::a).baud, 19200U);
}

TEST_F(PtyCableTest, LetsItsUsersLockTheDevice) {
  ASSERT_TRUE(start());
  User first(config_.a);
  User second(config_.a);
  EXPECT_EQ(::flock(first.fd(), LOCK_EX | LOCK_NB), 0);
  EXPECT_EQ(::flock(second.fd(), LOCK_EX | LOCK_NB), -1);
}

// ---- A receiver that does not read ----

constexpr std::size_t kMoreThanAPtyHolds = 200'000;

TEST_F(PtyCableTest, AReceiverThatDoesNotReadOverruns) {
  config_.settings.baud = 10'000'000;
  ASSERT_TRUE(start());
  User a(config_.a);
  User b(config_.b);
  write_all(a, counting(kMoreThanAPtyHolds));
  const auto all_arrived = [&] {
    const auto direction = cable().stats().a_to_b;
    return direction.delivered + direction.overrun == kMoreThanAPtyHolds;
  };
  EXPECT_TRUE(until(all_arrived)) << cable().stats().a_to_b.wire.sent << " sent, "
                                  << cable().stats().a_to_b.delivered << " delivered";
  EXPECT_GT(cable().stats().a_to_b.overrun, 0U);
  EXPECT_TRUE(until([&] { return b.read_all().size() == cable().stats().a_to_b.delivered; }));
}

void expect_nothing_lost(User& sender, User& receiver, PtyCable& cable,
                         const std::function<bool(std::function<bool()>)>& until) {
  const Bytes bytes = counting(kMoreThanAPtyHolds);
  ByteView left = bytes;
  std::uint64_t delivered = 0;
  int steady = 0;
  // Write until neither the sender's pty nor the receiver's accepts anything: every buffer is full.
  ASSERT_TRUE(until([&] {
    const std::size_t written = sender.write_some(left);
    left = left.subspan(written);
    const std::uint64_t before = std::exchange(delivered, cable.stats().a_to_b.delivered);
    steady = written == 0 && before == delivered ? steady + 1 : 0;
    return steady > 20 || left.empty();
  }));
  EXPECT_FALSE(left.empty());
  ASSERT_TRUE(until([&] {
    left = left.subspan(sender.write_some(left));
    return receiver.read_all().size() >= bytes.size();
  }));
  EXPECT_EQ(receiver.read_all(), bytes);
  EXPECT_EQ(cable.stats().a_to_b.overrun, 0U);
}

TEST_F(PtyCableTest, RtsCtsStopsTheSenderInsteadOfOverrunning) {
  ASSERT_TRUE(start());
  User a(config_.a);
  User b(config_.b);
  for (User* user : {&a, &b}) user->set({.baud = 10'000'000, .flow_control = FlowControl::rts_cts});
  expect_nothing_lost(a, b, cable(), [this](auto condition) { return until(condition); });
}

TEST_F(PtyCableTest, ALineWithoutSpeedLimitWaitsForItsReader) {
  config_.settings.baud = 0;
  ASSERT_TRUE(start());
  User a(config_.a);
  User b(config_.b);
  expect_nothing_lost(a, b, cable(), [this](auto condition) { return until(condition); });
}

// ---- The links ----

TEST_F(PtyCableTest, RemovesItsLinksAtTheEnd) {
  ASSERT_TRUE(start());
  EXPECT_TRUE(fs::is_symlink(config_.a));
  cable().stop();
  EXPECT_FALSE(fs::exists(fs::symlink_status(config_.a)));
  EXPECT_FALSE(fs::exists(fs::symlink_status(config_.b)));
}

TEST_F(PtyCableTest, LeavesALinkThatSomebodyElsePutInItsPlace) {
  ASSERT_TRUE(start());
  fs::remove(config_.a);
  fs::create_symlink("/dev/null", config_.a);
  cable().stop();
  EXPECT_TRUE(fs::is_symlink(config_.a));
}

TEST_F(PtyCableTest, ReplacesALinkThatAnEarlierRunLeftBehind) {
  fs::create_symlink("/dev/pts/987654", config_.a);
  ASSERT_TRUE(start());
  EXPECT_NE(fs::read_symlink(config_.a), "/dev/pts/987654");
}

TEST_F(PtyCableTest, RefusesToReplaceAFile) {
  std::ofstream(config_.a) << "precious";
  const auto started = start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error(),
            "cannot make " + config_.a +
                ": something that is not a symbolic link is there already; remove it or choose another path");
  EXPECT_TRUE(fs::is_regular_file(config_.a));
}

TEST_F(PtyCableTest, RefusesToReplaceALinkToSomethingElse) {
  fs::create_symlink("/dev/null", config_.b);
  const auto started = start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error(), HasSubstr("it is a link to /dev/null, which no serialtcp made"));
  EXPECT_EQ(fs::read_symlink(config_.b), "/dev/null");
  EXPECT_FALSE(fs::exists(fs::symlink_status(config_.a)));  // what was made before is removed
}

TEST_F(PtyCableTest, RefusesThePathOfACableThatRuns) {
  ASSERT_TRUE(start());
  PtyCableConfig config = config_;
  config.b += "2";
  PtyCable second(context_, config);
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error(), HasSubstr("/A belongs to another serialtcp that is running"));
  EXPECT_TRUE(fs::is_symlink(config_.a));
}

TEST_F(PtyCableTest, SaysThatAFolderIsMissing) {
  config_.a = folder_ / "missing" / "A";
  const auto started = start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error(),
            "cannot make " + config_.a + ": no such file or directory; make the folder first");
}

TEST_F(PtyCableTest, RefusesOnePathForBothEnds) {
  config_.b = config_.a;
  const auto started = start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error(), HasSubstr("give them different paths"));
}

}  // namespace
}  // namespace serialtcp::io
