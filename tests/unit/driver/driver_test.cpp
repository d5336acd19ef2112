// Two drivers in one loop, connected by a pair of sockets instead of a cable, with real TCP at both ends.
#include "driver/driver.h"

#include <sys/resource.h>

#include <utility>

#include "driver_fixture.h"

namespace serialtcp::io {
namespace {

TEST_F(DriverTest, CarriesBytesBothWaysAndEndsInOrder) {
  auto [near, far] = connect();
  const Bytes there = pattern(300'000, 1);
  const Bytes back = pattern(200'000, 2);
  std::size_t sent = 0;
  std::size_t returned = 0;
  Bytes got_there;
  Bytes got_back;
  Bytes buffer(64 * 1024);
  const auto move = [&](tcp::socket& socket, const Bytes& from, std::size_t& done, Bytes& into) {
    ErrorCode error;
    if (done < from.size())
      done += socket.write_some(asio::buffer(from.data() + done, from.size() - done), error);
    const std::size_t size = socket.read_some(asio::buffer(buffer), error);
    into.insert(into.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size));
  };
  ASSERT_TRUE(run_until(context, [&] {
    move(near, there, sent, got_back);
    move(far, back, returned, got_there);
    return got_there.size() >= there.size() && got_back.size() >= back.size();
  }));
  EXPECT_EQ(got_there, there);
  EXPECT_EQ(got_back, back);
  near.close();
  far.close();
  EXPECT_TRUE(run_until(context, [&] {
    return server->recorder.has("1: closed, 300 kB sent, 200 kB received") &&
           client->recorder.has("1: closed, 200 kB sent, 300 kB received");
  }));
}

TEST_F(DriverTest, AHalfCloseLeavesTheOtherDirectionOpen) {
  auto [near, far] = connect();
  send(near, pattern(1000));
  near.shutdown(tcp::socket::shutdown_send);
  const Got request = receive(far);
  EXPECT_EQ(request.bytes, pattern(1000));
  EXPECT_EQ(request.end, asio::error::eof);
  send(far, pattern(2000));
  EXPECT_EQ(receive(near, 2000).bytes, pattern(2000));
  far.close();
  EXPECT_EQ(receive(near).end, asio::error::eof);
}

TEST_F(DriverTest, AResetArrivesAsAResetInEitherDirection) {
  auto first = connect();
  reset(first.near);
  EXPECT_EQ(receive(first.far).end, asio::error::connection_reset);
  auto second = connect();
  reset(second.far);
  EXPECT_EQ(receive(second.near).end, asio::error::connection_reset);
  EXPECT_TRUE(server->recorder.has("2: reset: "));
}

TEST_F(DriverTest, AResetIsNoticedAfterAHalfClose) {
  auto [near, far] = connect();
  near.shutdown(tcp::socket::shutdown_send);
  EXPECT_EQ(receive(far).end, asio::error::eof);
  reset(near);
  EXPECT_TRUE(run_until(context, [&] { return client->recorder.has("1: reset"); }));
  ErrorCode error;
  EXPECT_TRUE(run_until(context, [&] {
    far.write_some(asio::buffer("x", 1), error);
    return error && error != asio::error::would_block;
  }));
}

/// A connection whose far end is not read, and in which every buffer is full: what its near end wrote until
/// nothing moved any more.
struct StalledTest : DriverTest {
  StalledTest() {
    // Otherwise the kernel would hold so much that nothing ever has to wait in the program.
    target.set_option(asio::socket_base::receive_buffer_size(4096));
    stalled.emplace(connect());
    const Bytes block = pattern(64 * 1024);
    int idle = 0;
    auto last = std::chrono::steady_clock::now();
    EXPECT_TRUE(run_until(context, [&] {
      ErrorCode error;
      const std::size_t size = stalled->near.write_some(asio::buffer(block), error);
      written.insert(written.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(size));
      const auto time = std::chrono::steady_clock::now();
      const bool nothing_happened = time - std::exchange(last, time) > 10ms;
      if (nothing_happened) ++idle;
      if (size > 0) idle = 0;
      return idle > 10;
    }));
  }

  std::optional<Pair> stalled;
  Bytes written;
};

TEST_F(StalledTest, AResetIsNoticedWhileTheSocketIsNotRead) {
  reset(stalled->near);
  EXPECT_TRUE(run_until(context, [&] { return server->recorder.has("1: reset by the local side"); }));
  const Got got = receive(stalled->far);
  EXPECT_EQ(got.end, asio::error::connection_reset);
  ASSERT_LE(got.bytes.size(), written.size());
  EXPECT_GT(got.bytes.size(), limits::kInitialCredit) << "what was on its way goes before the reset";
  EXPECT_TRUE(std::equal(got.bytes.begin(), got.bytes.end(), written.begin()));
  EXPECT_TRUE(run_until(context, [&] { return client->recorder.has("1: reset: "); }));
}

TEST_F(StalledTest, AReaderThatStopsDelaysOnlyItsOwnConnection) {
  auto other = connect();
  send(other.near, pattern(100'000));
  EXPECT_EQ(receive(other.far, 100'000).bytes, pattern(100'000));
  stalled->near.shutdown(tcp::socket::shutdown_send);
  EXPECT_EQ(receive(stalled->far).bytes, written) << "and nothing of it was lost";
}

TEST_F(DriverTest, AClientMaySendAndFinishBeforeTheTargetIsConnected) {
  // Without a link it would have to stay.
  ASSERT_TRUE(run_until(context, [&] { return server->recorder.links_up == 1; }));
  tcp::socket near = dial();
  send(near, pattern(5000));
  near.close();
  tcp::socket far = answer();
  const Got got = receive(far);
  EXPECT_EQ(got.bytes, pattern(5000));
  EXPECT_EQ(got.end, asio::error::eof);
}

TEST_F(DriverTest, ARefusedConnectionResetsTheClientAndIsNamedAtBothEnds) {
  target.close();
  tcp::socket near = dial();
  EXPECT_EQ(receive(near).end, asio::error::connection_reset);
  EXPECT_TRUE(server->recorder.has(fmt::format("1: reset: {}", describe(ResetReason::refused))))
      << server->recorder.all();
  EXPECT_TRUE(client->recorder.has(describe(ResetReason::refused))) << client->recorder.all();
}

TEST_F(DriverTest, UrgentBytesAreBytesOfTheStream) {
  auto [near, far] = connect();
  send(near, Bytes{'a'});
  near.send(asio::buffer("b", 1), tcp::socket::message_out_of_band);
  send(near, Bytes{'c'});
  EXPECT_EQ(receive(far, 3).bytes, (Bytes{'a', 'b', 'c'}));
}

TEST_F(DriverTest, ManyConnectionsAtOnceKeepTheirBytesApart) {
  constexpr unsigned kCount = 100;
  std::vector<tcp::socket> near;
  std::vector<tcp::socket> far;
  for (unsigned i = 0; i < kCount; ++i) {
    auto pair = connect();
    near.push_back(std::move(pair.near));
    far.push_back(std::move(pair.far));
  }
  for (unsigned i = 0; i < kCount; ++i) send(near[i], pattern(3000, i));
  for (unsigned i = kCount; i-- > 0;) EXPECT_EQ(receive(far[i], 3000).bytes, pattern(3000, i));
}

TEST_F(DriverTest, ConnectionsOutliveAnUnpluggedCable) {
  auto [near, far] = connect();
  send(near, pattern(1000, 1));
  EXPECT_EQ(receive(far, 1000).bytes, pattern(1000, 1));
  cable.unplug();
  ASSERT_TRUE(
      run_until(context, [&] { return server->recorder.has("lost cable") && client->recorder.has("lost"); }));
  send(near, pattern(1000, 2));
  cable.plug();
  EXPECT_EQ(receive(far, 1000).bytes, pattern(1000, 2));
  EXPECT_TRUE(server->recorder.has("back cable"));
  EXPECT_EQ(server->recorder.links_down, 0);
}

TEST_F(DriverTest, TheLineComesBackEvenWhenConnectionsHaveTakenAllDescriptors) {
  auto [near, far] = connect();
  // One descriptor is reserved for each of the two lines; two are kept for the cable itself.
  const int first = ::dup(0);
  const int second = ::dup(0);
  cable.unplug();
  ASSERT_TRUE(
      run_until(context, [&] { return server->recorder.has("lost cable") && client->recorder.has("lost"); }));
  std::vector<int> taken;
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit small = before;
  small.rlim_cur = 256;
  ::setrlimit(RLIMIT_NOFILE, &small);
  for (int fd; (fd = ::dup(0)) >= 0;) taken.push_back(fd);
  ::close(first);
  ::close(second);
  cable.plug();
  EXPECT_TRUE(
      run_until(context, [&] { return server->recorder.has("back cable") && client->recorder.has("back"); }));
  for (const int fd : taken) ::close(fd);
  ::setrlimit(RLIMIT_NOFILE, &before);
  send(near, pattern(1000));
  EXPECT_EQ(receive(far, 1000).bytes, pattern(1000));
}

TEST_F(DriverTest, ClientsWaitForTheLinkInsteadOfBeingRefused) {
  connect();
  client->driver.stop();
  ASSERT_TRUE(
      run_until(context, [&] { return server->recorder.links_down == 1 && client->outcome.has_value(); }));
  tcp::socket near = dial();
  send(near, pattern(100));
  run_ready(context);
  EXPECT_FALSE(server->recorder.has("2: from"));
  End second(context, cable, Role::client);
  offer(second, {});
  tcp::socket far = answer();
  EXPECT_EQ(receive(far, 100).bytes, pattern(100));
}

TEST_F(DriverTest, StoppingResetsConnectionsAndTellsThePeer) {
  auto [near, far] = connect();
  server->driver.stop();
  ASSERT_TRUE(run_until(context, [&] { return server->outcome.has_value(); }));
  EXPECT_EQ(*server->outcome, Driver::Outcome::stopped);
  EXPECT_EQ(receive(near).end, asio::error::connection_reset);
  EXPECT_EQ(receive(far).end, asio::error::connection_reset);
  EXPECT_TRUE(run_until(context, [&] { return client->recorder.links_down == 1; }));
}

TEST_F(DriverTest, StoppingEndsInTimeWhenTheLineTakesNothing) {
  auto [near, far] = connect();
  cable.unplug();
  server->driver.stop();
  EXPECT_TRUE(run_until(context, [&] { return server->outcome.has_value(); }));
}

TEST_F(DriverTest, GivesUpWithoutALinkWithinTheSyncTimeout) {
  Cable lonely;
  End end(context, lonely, Role::client, {.sync_timeout = 50ms});
  EXPECT_TRUE(run_until(context, [&] { return end.outcome.has_value(); }));
  EXPECT_EQ(end.outcome, Driver::Outcome::sync_timed_out);
}

TEST_F(DriverTest, ALinkThatIsUpHasNoSyncTimeout) {
  Cable other;
  End one(context, other, Role::server, {.sync_timeout = 50ms});
  End two(context, other, Role::client, {.sync_timeout = 50ms});
  ASSERT_TRUE(run_until(context, [&] { return one.recorder.links_up == 1 && two.recorder.links_up == 1; }));
  bool later = false;
  asio::steady_timer timer(context, 200ms);
  timer.async_wait([&later](ErrorCode) { later = true; });
  ASSERT_TRUE(run_until(context, [&] { return later; }));
  EXPECT_FALSE(one.outcome.has_value());
  EXPECT_FALSE(two.outcome.has_value());
}

TEST_F(DriverTest, AnIdleTunnelUsesNoProcessorTime) {
  auto [near, far] = connect();
  send(near, pattern(100'000));
  receive(far, 100'000);
  near.shutdown(tcp::socket::shutdown_send);  // a half-closed connection
  EXPECT_EQ(receive(far).end, asio::error::eof);
  std::size_t handlers = 0;
  const auto until = std::chrono::steady_clock::now() + 300ms;
  context.restart();
  while (std::chrono::steady_clock::now() < until) handlers += context.run_one_until(until);
  EXPECT_LT(handlers, 100U);
}

}  // namespace
}  // namespace serialtcp::io
