// How connections of a Driver end by a reset, and how the Driver exits: nothing that was accepted is lost.
#include "driver_fixture.h"

namespace serialtcp::io {
namespace {

/// Closes a socket with unread input: the kernel sends a reset after what was written.
void close_with_unread_input(asio::io_context& context, tcp::socket& socket) {
  EXPECT_TRUE(run_until(context, [&] { return socket.available() > 0; }));
  socket.close();
}

struct EndingsTest : DriverTest {
  /// Until this many bytes are in the socket.
  void await(const tcp::socket& socket, std::size_t count) {
    EXPECT_TRUE(run_until(context, [&] { return socket.available() == count; }));
  }
  /// What was sent and ended before an end is stopped arrives.
  void expect_delivery_before_the_end(End& stopped, tcp::socket& near, tcp::socket& far) {
    const Bytes there = pattern(500'000, 1);
    send(near, there);
    near.shutdown(tcp::socket::shutdown_send);
    stopped.driver.stop();
    const Got got = receive(far);
    EXPECT_EQ(got.bytes, there);
    EXPECT_EQ(got.end, asio::error::eof);
    EXPECT_TRUE(run_until(context, [&] { return stopped.outcome.has_value(); }));
  }
};

TEST_F(EndingsTest, WhatATargetSentBeforeItsResetArrives) {
  unsigned number = 0;
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{8000}, std::size_t{30'000}, std::size_t{60'000}}) {
    auto [near, far] = connect();
    ++number;
    send(near, pattern(3000));
    EXPECT_EQ(receive(far, 1).bytes.size() > 0, true);
    send(near, pattern(100));
    send(far, pattern(size, number));
    close_with_unread_input(context, far);
    const Got got = receive(near);
    EXPECT_EQ(got.bytes, pattern(size, number));
    EXPECT_EQ(got.end, asio::error::connection_reset) << size;
  }
}

TEST_F(EndingsTest, WhatAClientSentArrivesThoughItNeverReadTheBanner) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{8000}, std::size_t{60'000}}) {
    auto [near, far] = connect();
    send(far, pattern(20));
    await(near, 20);
    send(near, pattern(size));
    near.close();
    EXPECT_EQ(receive(far).bytes, pattern(size)) << size;
  }
}

TEST_F(EndingsTest, ASlowReaderGetsAllBeforeTheReset) {
  target.set_option(asio::socket_base::receive_buffer_size(4096));
  auto [near, far] = connect();
  send(far, pattern(20));
  await(near, 20);
  send(near, pattern(60'000));
  near.close();
  Bytes got;
  Bytes piece(1000);
  asio::steady_timer timer(context);
  ErrorCode end;
  tcp::socket& reader = far;
  EXPECT_TRUE(run_until(context, [&] {
    const std::size_t count = reader.read_some(asio::buffer(piece), end);
    got.insert(got.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(count));
    timer.expires_after(1ms);
    timer.async_wait([](ErrorCode) {});
    return end && end != asio::error::would_block;
  }));
  EXPECT_EQ(got, pattern(60'000));
}

TEST_F(EndingsTest, ManyAtOnceKeepTheirBytes) {
  std::vector<Pair> pairs;
  for (int i = 0; i < 30; ++i) pairs.push_back(connect());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    send(pairs[i].far, pattern(20));
    await(pairs[i].near, 20);
    send(pairs[i].near, pattern(7000, static_cast<unsigned>(i)));
    pairs[i].near.close();
  }
  for (std::size_t i = pairs.size(); i-- > 0;)
    EXPECT_EQ(receive(pairs[i].far).bytes, pattern(7000, static_cast<unsigned>(i)));
}

TEST_F(EndingsTest, StoppingEitherEndDeliversFirst) {
  auto [near, far] = connect();
  expect_delivery_before_the_end(*server, near, far);
  EXPECT_EQ(receive(near).end, asio::error::connection_reset) << "the other direction had not ended";
}

TEST_F(EndingsTest, StoppingTheEndThatReceivesDeliversFirst) {
  auto [near, far] = connect();
  expect_delivery_before_the_end(*client, near, far);
}

/// Clients that connect while there is no link.
struct QueueTest : DriverTest {
  QueueTest() {
    connect();
    client->driver.stop();
    EXPECT_TRUE(
        run_until(context, [&] { return server->recorder.links_down == 1 && client->outcome.has_value(); }));
  }

  std::unique_ptr<End> far_end() {
    auto end = std::make_unique<End>(context, cable, Role::client);
    offer(*end, {});
    return end;
  }
};

TEST_F(QueueTest, AClientThatHasClosedIsNotServed) {
  for (int i = 0; i < 5; ++i) {
    tcp::socket gone = dial();
    send(gone, pattern(100));
  }
  tcp::socket there = dial();
  send(there, pattern(50, 7));
  const auto second = far_end();
  tcp::socket far = answer();
  EXPECT_EQ(receive(far, 50).bytes, pattern(50, 7));
  EXPECT_TRUE(server->recorder.has("5 clients that closed while waiting for the link: reset, not served"));
  EXPECT_FALSE(server->recorder.has("3: from"));
}

TEST_F(QueueTest, AClientThatHasEndedWhatItSendsAndStillReadsIsServed) {
  tcp::socket near = dial();
  send(near, pattern(50));
  near.shutdown(tcp::socket::shutdown_send);
  const auto second = far_end();
  tcp::socket far = answer();
  const Got request = receive(far);
  EXPECT_EQ(request.bytes, pattern(50));
  EXPECT_EQ(request.end, asio::error::eof);
  send(far, pattern(60));
  EXPECT_EQ(receive(near, 60).bytes, pattern(60));
}

TEST(RefusingListener, RefusesWhileItIsStoppedAndServesAgainAtTheSamePort) {
  asio::io_context context;
  Recorder recorder;
  auto listener = TcpListener::listen(context, {"localhost", 0}, recorder);
  ASSERT_TRUE(listener);
  int accepted = 0;
  (*listener)->on_accepted([&](StreamSocket, const std::string&) { ++accepted; });
  const tcp::endpoint at = (*listener)->address();
  (*listener)->refuse_while_stopped();
  const tcp::endpoint port = (*listener)->address();
  EXPECT_EQ(port, at);
  for (int round = 1; round <= 3; ++round) {
    tcp::socket refused(context);
    ErrorCode error;
    refused.connect(at, error);
    EXPECT_EQ(error, asio::error::connection_refused);
    (*listener)->start();
    tcp::socket served(context);
    served.connect(at, error);
    EXPECT_FALSE(error);
    EXPECT_TRUE(run_until(context, [&] { return accepted == round; }));
    (*listener)->stop();
  }
}

}  // namespace
}  // namespace serialtcp::io
