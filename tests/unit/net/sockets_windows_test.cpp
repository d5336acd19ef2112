// What Asio and Windows do not tell of sockets: resets that nobody reads, clients that have gone, where datagrams were sent to.
#include <array>
#include <boost/asio/write.hpp>

#include "loop_fixture.h"
#include "net/client_state.h"
#include "net/datagram_path.h"
#include "net/socket_failure.h"
#include "net/socket_pair.h"
#include "net/socket_queues.h"
#include "net/tcp_options.h"
#include "net/udp_socket.h"

namespace serialtcp::io {
namespace {

struct WindowsSocketsTest : testing::Test {
  void SetUp() override {
    auto made = socket_pair(context);
    ASSERT_TRUE(made) << made.error();
    ours.emplace(std::move(made->first));
    theirs.emplace(std::move(made->second));
  }
  void send(StreamSocket& socket, std::string_view text) { asio::write(socket, asio::buffer(text)); }
  bool arrives(StreamSocket& socket, std::size_t count) {
    return run_until(context, [&] { return unread_bytes(socket) == count; });
  }
  static void reset(StreamSocket& socket) {
    socket.set_option(asio::socket_base::linger(true, 0));
    socket.close();
  }

  asio::io_context context;
  std::optional<StreamSocket> ours;
  std::optional<StreamSocket> theirs;
};

TEST_F(WindowsSocketsTest, APairCarriesBytesAndEndsInBothDirections) {
  send(*ours, "there");
  send(*theirs, "and back");
  EXPECT_TRUE(arrives(*theirs, 5));
  EXPECT_TRUE(arrives(*ours, 8));
  ours->shutdown(StreamSocket::shutdown_send);
  std::array<char, 64> buffer;
  ErrorCode error;
  EXPECT_EQ(theirs->read_some(asio::buffer(buffer), error), 5U);
  EXPECT_TRUE(run_until(context, [&] {
    theirs->read_some(asio::buffer(buffer), error);
    return error != asio::error::would_block;
  }));
  EXPECT_EQ(error, asio::error::eof);
  send(*theirs, "!");
  EXPECT_TRUE(arrives(*ours, 9));
}

TEST_F(WindowsSocketsTest, AResetIsNoticedBehindWhatNobodyReads) {
  send(*theirs, "unread");
  ASSERT_TRUE(arrives(*ours, 6));
  std::optional<ErrorCode> told;
  wait_for_failure(*ours, [&](ErrorCode error) { told = error; });
  run_ready(context);
  EXPECT_FALSE(told);
  EXPECT_FALSE(was_reset(*ours));
  reset(*theirs);
  EXPECT_TRUE(run_until(context, [&] { return told.has_value(); }));
  EXPECT_FALSE(*told);
  EXPECT_TRUE(was_reset(*ours));
}

TEST_F(WindowsSocketsTest, AnEndIsNoReset) {
  send(*theirs, "unread");
  theirs->shutdown(StreamSocket::shutdown_send);
  ASSERT_TRUE(arrives(*ours, 6));
  std::optional<ErrorCode> told;
  wait_for_failure(*ours, [&](ErrorCode error) { told = error; });
  const auto later = std::chrono::steady_clock::now() + std::chrono::milliseconds(600);
  EXPECT_TRUE(run_until(context, [&] { return told || std::chrono::steady_clock::now() > later; }));
  EXPECT_FALSE(told);
  ours->close();
  EXPECT_TRUE(run_until(context, [&] { return told.has_value(); }));
  EXPECT_EQ(*told, asio::error::operation_aborted);
}

TEST_F(WindowsSocketsTest, AClientThatHasEndedOrResetIsGone) {
  EXPECT_FALSE(client_has_gone(*ours));
  theirs->shutdown(StreamSocket::shutdown_send);
  EXPECT_TRUE(run_until(context, [&] { return client_has_gone(*ours); }));
  EXPECT_FALSE(client_has_gone(*theirs));
  reset(*ours);
  EXPECT_TRUE(run_until(context, [&] { return client_has_gone(*theirs); }));
}

TEST_F(WindowsSocketsTest, TakesTheOptionsOfUsersAndOfLines) {
  set_user_options(*ours);
  set_line_options(*theirs);
  BOOL on = FALSE;
  int size = sizeof on;
  for (const auto& [level, name] :
       {std::pair(IPPROTO_TCP + 0, TCP_NODELAY), std::pair(SOL_SOCKET, SO_KEEPALIVE)}) {
    on = FALSE;
    ASSERT_EQ(::getsockopt(ours->native_handle(), level, name, reinterpret_cast<char*>(&on), &size), 0);
    EXPECT_NE(on, FALSE) << name;
  }
  EXPECT_TRUE(acknowledged(*ours).all);
}

TEST(WindowsDatagrams, AreAnsweredFromTheAddressThatTheyWereSentTo) {
  asio::io_context context;
  auto server = bound_udp_socket(context, {asio::ip::address_v4::any(), 0}, Ipv4Too::no);
  ASSERT_TRUE(server);
  want_local_addresses(*server);
  const udp::endpoint to(asio::ip::make_address("127.0.0.1"), server->local_endpoint().port());
  auto client = connected_udp_socket(context, to);
  ASSERT_TRUE(client);
  client->send(asio::buffer("ask", 3));
  Bytes buffer = datagram_buffer();
  std::expected<ReceivedDatagram, ErrorCode> received = std::unexpected(ErrorCode());
  ASSERT_TRUE(run_until(context, [&] {
    received = receive_datagram(*server, buffer);
    return received.has_value();
  }));
  EXPECT_EQ(received->size, 3U);
  EXPECT_EQ(received->path.peer, client->local_endpoint());
  EXPECT_EQ(received->path.local.address, to.address());
  const std::string answer = "answer";
  EXPECT_FALSE(send_datagram(*server, ByteView(reinterpret_cast<const Byte*>(answer.data()), answer.size()),
                             received->path));
  std::size_t count = 0;
  EXPECT_TRUE(run_until(context, [&] {
    take_datagrams(*client, buffer, [&](ByteView bytes, const udp::endpoint&) { count = bytes.size(); });
    return count > 0;
  }));
  EXPECT_EQ(count, answer.size());
}

TEST(WindowsDatagrams, ThatNobodyListensIsReported) {
  asio::io_context context;
  auto unused = bound_udp_socket(context, {asio::ip::address_v4::loopback(), 0}, Ipv4Too::no);
  ASSERT_TRUE(unused);
  const udp::endpoint to = unused->local_endpoint();
  unused->close();
  auto client = connected_udp_socket(context, to);
  ASSERT_TRUE(client);
  want_failures(*client);
  EXPECT_FALSE(take_failure(*client));
  client->send(asio::buffer("ask", 3));
  std::optional<SendFailure> failure;
  ASSERT_TRUE(run_until(context, [&] {
    failure = take_failure(*client);
    return failure.has_value();
  }));
  EXPECT_EQ(failure->error, ECONNREFUSED);
  EXPECT_EQ(failure->to, to);
}

}  // namespace
}  // namespace serialtcp::io
