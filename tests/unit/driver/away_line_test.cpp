// A line that is not there: at the start, later, for too long; under another name when it is back.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "driver_fixture.h"
#include "port/serial_port.h"

namespace serialtcp::io {
namespace {

struct AwayLine : DriverTest {
  using DriverTest::DriverTest;

  void unplug() {
    cable.unplug();
    ASSERT_TRUE(run_until(
        context, [&] { return server->recorder.has("lost cable") && client->recorder.has("lost"); }));
  }
};

TEST_F(AwayLine, IsWaitedForAtTheStart) {
  Cable late(Cable::Plugged::no);
  End one(context, late, Role::server);
  End two(context, late, Role::client);
  EXPECT_TRUE(one.recorder.has("awaited cable: no such device"));
  EXPECT_EQ(one.open_error, "");
  listen(one);
  offer(two, {});
  tcp::socket near = dial();
  send(near, pattern(100));
  late.plug();
  tcp::socket far = answer();
  EXPECT_EQ(receive(far, 100).bytes, pattern(100));
  EXPECT_TRUE(one.recorder.has("found cable"));
  EXPECT_FALSE(one.recorder.has("back cable"));
}

TEST_F(AwayLine, IsAnErrorAtTheStartWhenNotToBeWaitedFor) {
  Cable never(Cable::Plugged::no);
  End end(context, never, Role::server, {.missing = LinePump::Missing::fail});
  EXPECT_EQ(end.open_error, "no such device");
  EXPECT_FALSE(end.recorder.has("awaited"));
}

TEST_F(AwayLine, IsToldAgainAndHowLongItTook) {
  connect();
  unplug();
  EXPECT_TRUE(run_until(context, [&] { return server->recorder.has("still away cable: no such device"); }));
  cable.plug();
  EXPECT_TRUE(run_until(context, [&] { return server->recorder.has("back cable"); }));
}

TEST_F(AwayLine, DoesNotStopTheSyncTimeout) {
  Cable never(Cable::Plugged::no);
  End end(context, never, Role::server, {.sync_timeout = 50ms});
  EXPECT_TRUE(run_until(context, [&] { return end.outcome.has_value(); }));
  EXPECT_EQ(end.outcome, Driver::Outcome::sync_timed_out);
}

TEST_F(AwayLine, CanBeGivenUpAtOnce) {
  Cable never(Cable::Plugged::no);
  End end(context, never, Role::server);
  end.driver.stop();
  EXPECT_TRUE(run_until(context, [&] { return end.outcome.has_value(); }));
  EXPECT_EQ(end.outcome, Driver::Outcome::stopped);
}

TEST_F(AwayLine, LetsNewClientsInAndCarriesThemWhenItIsBack) {
  connect();
  unplug();
  tcp::socket near = dial();
  send(near, pattern(1000));
  ASSERT_TRUE(run_until(context, [&] { return server->recorder.has("2: from"); }));
  cable.plug();
  tcp::socket far = answer();
  EXPECT_EQ(receive(far, 1000).bytes, pattern(1000));
}

struct HeldForNoTime : AwayLine {
  HeldForNoTime() : AwayLine({.hold = 0s}) {}
};

TEST_F(HeldForNoTime, EvenIdleConnectionsAreResetAtOnce) {
  auto [near, far] = connect();
  unplug();
  EXPECT_EQ(receive(near).end, asio::error::connection_reset);
  EXPECT_EQ(receive(far).end, asio::error::connection_reset);
  EXPECT_EQ(server->recorder.links_down, 1);
}

struct HeldForATime : AwayLine {
  HeldForATime() : AwayLine({.hold = 300ms}) {}
};

TEST_F(HeldForATime, EvenIdleConnectionsAreResetAfterIt) {
  auto [near, far] = connect();
  const auto from = std::chrono::steady_clock::now();
  unplug();
  EXPECT_EQ(receive(near).end, asio::error::connection_reset);
  EXPECT_GE(std::chrono::steady_clock::now() - from, 290ms);
  EXPECT_EQ(receive(far).end, asio::error::connection_reset);
  cable.plug();
  auto again = connect();
  send(again.near, pattern(100));
  EXPECT_EQ(receive(again.far, 100).bytes, pattern(100));
}

/// A serial port behind a symbolic link that points to another device each time, as in /dev/serial/by-id.
struct ByIdTest : testing::Test {
  ByIdTest() { folder = ::mkdtemp(folder.data()); }
  ~ByIdTest() override { std::filesystem::remove_all(folder); }

  void point_to(const Pty& pty) {
    std::filesystem::remove(link);
    std::filesystem::create_symlink(pty.path(), link);
  }

  std::string folder = testing::TempDir() + "serialtcp-XXXXXX";
  std::filesystem::path link;
};

TEST_F(ByIdTest, ADeviceIsFoundAgainUnderAnotherNameBehindTheSameLink) {
  asio::io_context context;
  Recorder recorder;
  link = std::filesystem::path(folder) / "usb-FTDI-port0";
  Driver driver(context, {}, std::make_unique<SerialPort>(context, link.string(), SerialSettings{}, recorder),
                recorder, [](Driver::Outcome) {});
  driver.open([](const std::expected<void, OpenError>& opened) { EXPECT_TRUE(opened); });
  EXPECT_TRUE(recorder.has("awaited"));

  const auto hears_something_at = [&](const Pty& pty) {
    Bytes heard(100);
    return run_until(context, [&] { return ::read(pty.master(), heard.data(), heard.size()) > 0; });
  };
  Pty first;
  point_to(first);
  EXPECT_TRUE(hears_something_at(first));
  Pty second;
  ASSERT_NE(second.path(), first.path());
  first.unplug();
  ASSERT_TRUE(run_until(context, [&] { return recorder.has("lost"); }));
  point_to(second);
  EXPECT_TRUE(hears_something_at(second));
  EXPECT_TRUE(recorder.has("back"));
}

}  // namespace
}  // namespace serialtcp::io
