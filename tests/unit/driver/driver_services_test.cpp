// Several services through one cable: which target a connection reaches, and what is logged when there is
// none.
#include <algorithm>

#include "driver_fixture.h"
#include "os/clock.h"

namespace serialtcp::io {
namespace {

using DriverServices = DriverTest;

TEST_F(DriverServices, EachComesOutAtItsOwnTarget) {
  offer(*client, "web");
  listen(*server, "web");
  auto [near, far] = connect();
  send(near, pattern(1000));
  EXPECT_EQ(receive(far, 1000).bytes, pattern(1000));
  EXPECT_TRUE(server->recorder.has("'web' from 127.0.0.1:")) << server->recorder.all();
  EXPECT_TRUE(client->recorder.has("'web' to 127.0.0.1:")) << client->recorder.all();
}

TEST_F(DriverServices, GoBothWaysThroughOneCable) {
  offer(*server, "back");
  listen(*client, "back");
  auto [near, far] = connect();
  send(near, pattern(1000));
  EXPECT_EQ(receive(far, 1000).bytes, pattern(1000));
}

TEST_F(DriverServices, ThatTheOtherEndLacksAreResetAndBothEndsSayWhy) {
  listen(*server, "web");
  tcp::socket near = dial();
  EXPECT_EQ(receive(near).end, asio::error::connection_reset);
  EXPECT_TRUE(server->recorder.has("reset: the other end offers no service of this name"))
      << server->recorder.all();
  EXPECT_TRUE(
      client->recorder.has("it is for 'web', and this end offers no such service: start it with "
                           "--client web=HOST:PORT"))
      << client->recorder.all();
}

/// Bytes per second of `count` bytes that go from one socket to the other.
double rate_of(DriverTest& test, tcp::socket& from, tcp::socket& to, std::size_t count) {
  const Time begin = now();
  Bytes got;
  const Bytes bytes = DriverTest::pattern(count);
  std::size_t sent = 0;
  Bytes buffer(64 * 1024);
  EXPECT_TRUE(run_until(test.context, [&] {
    ErrorCode error;
    if (sent < count) sent += from.write_some(asio::buffer(bytes.data() + sent, count - sent), error);
    const std::size_t size = to.read_some(asio::buffer(buffer), error);
    got.insert(got.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size));
    return got.size() >= count;
  }));
  EXPECT_EQ(got, bytes);
  return static_cast<double>(count) / std::chrono::duration<double>(now() - begin).count();
}

TEST_F(DriverServices, WithALimitKeepToItInBothDirections) {
  constexpr std::uint64_t kLimit = 100'000;
  offer(*client, "slow");
  listen(*server, "slow", kLimit);
  auto [near, far] = connect();
  // In addition to the limit, what a pause has earned. Late timers may make it slower; nothing may make it
  // faster.
  const double there = rate_of(*this, near, far, 60'000);
  EXPECT_LE(there, 1.3 * kLimit);
  const double back = rate_of(*this, far, near, 60'000);
  EXPECT_LE(back, 1.3 * kLimit);
}

TEST_F(DriverServices, WithALimitEndInOrderWithAllTheirBytes) {
  offer(*client, "slow");
  listen(*server, "slow", 500'000);
  auto [near, far] = connect();
  send(near, pattern(30'000));
  near.shutdown(tcp::socket::shutdown_send);
  EXPECT_EQ(receive(far).bytes, pattern(30'000));
  send(far, pattern(20'000, 2));
  far.close();
  EXPECT_EQ(receive(near).bytes, pattern(20'000, 2));
  EXPECT_TRUE(run_until(context, [&] { return server->recorder.has("closed, 30 kB sent, 20 kB received"); }))
      << server->recorder.all();
}

/// The client end, as if another link of its process had two of the four connections.
struct DriverShares : DriverTest {
  DriverShares() {
    client.reset();
    cable.unplug();
    cable.plug();
    server = std::make_unique<End>(context, cable, Role::server);
    client = std::make_unique<End>(context, cable, Role::client, EndSettings{.shares = shares});
    listen(*server);
    offer(*client, {});
  }

  ProcessShares shares = {
      .connections = std::make_shared<base::FairShare>(4),
      .opens = std::make_shared<base::FairRate>(limits::kOpensAtOnce, limits::kOpensPerSecond)};
  base::FairShare::Member other{shares.connections, [] { return std::size_t{2}; }};
};

TEST_F(DriverShares, WhatThePeerOpensBeyondThisLinksShareIsResetAndToldOnce) {
  Pair first = connect();
  Pair second = connect();
  for (int i = 0; i < 3; ++i) {
    tcp::socket refused = dial();
    EXPECT_EQ(receive(refused).end, asio::error::connection_reset);
  }
  EXPECT_TRUE(
      client->recorder.has("WARNING: the other end opens more connections than this program has room for"))
      << client->recorder.all();
  EXPECT_EQ(std::ranges::count_if(client->recorder.texts,
                                  [](const auto& text) { return text.starts_with("WARNING"); }),
            1);
  send(first.near, pattern(1000));
  EXPECT_EQ(receive(first.far, 1000).bytes, pattern(1000)) << "those that are there go on";
  reset(second.near);
  EXPECT_EQ(receive(second.far).end, asio::error::connection_reset);
  Pair third = connect();
  send(third.near, pattern(1000, 2));
  EXPECT_EQ(receive(third.far, 1000).bytes, pattern(1000, 2)) << "there is room again";
}

}  // namespace
}  // namespace serialtcp::io
