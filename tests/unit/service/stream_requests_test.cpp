// Streams without a listener: to addresses and services of the other end, with real sockets; what the requester is told,
// and what becomes of requests that are not needed any more.
#include "service/stream_requests.h"

#include <sys/socket.h>

#include <array>
#include <optional>
#include <string>

#include "forward_fixture.h"
#include "net/address.h"
#include "service/forward_targets.h"

namespace serialtcp::io {
namespace {

struct StreamRequestsTest : DriverTest {
  StreamRequestsTest() {
    Connections& far = client->driver.connections();
    far.add(std::make_unique<ForwardTargets>(
                far, ForwardTargets::Config{.allowed = allow_list({"127.0.0.1:*"}, AllowedTo::connect)}),
            services::kForward);
    offer(*client, "web");
    auto made = std::make_unique<StreamRequests>(server->driver.connections());
    requests = made.get();
    server->driver.connections().add(std::move(made));
    EXPECT_TRUE(run_until(context, [&] { return server->recorder.links_up > 0; }));
  }

  StreamRequests::Wanted to(const std::string& host) const {
    return {.address = to_address(host, target.local_endpoint().port())};
  }

  /// Ties one side of a pair of sockets to the stream, if there is one; then `near` is the other side.
  void request(const StreamRequests::Wanted& wanted, const std::string& first = {}) {
    auto made = requests->open(
        wanted, "a test",
        [this, first](std::expected<StreamRequests::Opened, std::string> opened) {
          ++answers;
          problem = opened ? "" : opened.error();
          if (!opened || !attaches) return;
          number = opened->number;
          std::array<int, 2> sockets{};
          ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()), 0);
          near.emplace(context, asio::generic::stream_protocol(AF_UNIX, 0), sockets[0]);
          near->non_blocking(true);
          opened->attach(StreamSocket(context, asio::generic::stream_protocol(AF_UNIX, 0), sockets[1]),
                         Bytes(first.begin(), first.end()));
        },
        [this](const StreamRequests::End& end) { over = end; });
    EXPECT_EQ(answers, 0) << "never from within open()";
    problem = made ? "" : made.error();
    pending = made ? *made : nullptr;
  }

  bool is_answered() {
    return run_until(context, [this] { return answers > 0; });
  }

  std::string read_to_end() {
    std::string got;
    EXPECT_TRUE(run_until(context, [&] {
      std::array<char, 4096> buffer{};
      ErrorCode error;
      got.append(buffer.data(), near->read_some(asio::buffer(buffer), error));
      return error == asio::error::eof;
    }));
    return got;
  }

  void expect_both_ways(tcp::socket far) {
    near->send(asio::buffer("up", 2));
    EXPECT_EQ(receive(far, 7).bytes, Bytes({'f', 'i', 'r', 's', 't', 'u', 'p'}));
    EXPECT_TRUE(requests->carries(number));
    near->shutdown(StreamSocket::shutdown_send);
    EXPECT_EQ(receive(far).end, asio::error::eof);
    far.send(asio::buffer("down", 4));
    far.shutdown(tcp::socket::shutdown_send);
    EXPECT_EQ(read_to_end(), "down");
    EXPECT_TRUE(run_until(context, [&] { return over.has_value(); }));
    EXPECT_EQ(over->ending, Observer::Ending::in_order);
    ASSERT_TRUE(requests->end_of(number));
    EXPECT_FALSE(requests->carries(number));
    EXPECT_EQ(requests->end_of(number)->how, over->how);
  }

  StreamRequests* requests = nullptr;
  std::shared_ptr<StreamRequests::Request> pending;
  bool attaches = true;
  int answers = 0;
  std::string problem;
  std::uint64_t number = 0;
  std::optional<StreamSocket> near;
  std::optional<StreamRequests::End> over;
};

TEST_F(StreamRequestsTest, ToAnAddress) {
  request(to("127.0.0.1"), "first");
  tcp::socket far = answer();
  ASSERT_TRUE(is_answered());
  ASSERT_EQ(problem, "");
  expect_both_ways(std::move(far));
  EXPECT_TRUE(server->recorder.has("from a test to 127.0.0.1:")) << server->recorder.all();
}

TEST_F(StreamRequestsTest, ToAServiceOfTheOtherEnd) {
  request({.service = Purpose("web")}, "first");
  tcp::socket far = answer();
  ASSERT_TRUE(is_answered());
  ASSERT_EQ(problem, "");
  expect_both_ways(std::move(far));
}

TEST_F(StreamRequestsTest, WhatTheOtherEndRefusesIsTold) {
  request(to("127.0.0.2"));
  ASSERT_TRUE(is_answered());
  EXPECT_TRUE(problem.starts_with("the other end does not allow it: start it with --allow 127.0.0.2:"))
      << problem;
  answers = 0;
  target.close();
  request({.address = to_address("127.0.0.1", address.port() == 1 ? 2 : 1)});
  ASSERT_TRUE(is_answered());
  EXPECT_NE(problem.find("refused"), std::string::npos) << problem;
}

TEST_F(StreamRequestsTest, AServiceThatIsRefusedIsReset) {
  request({.service = Purpose("none")});
  ASSERT_TRUE(is_answered());
  EXPECT_EQ(problem, "");
  EXPECT_TRUE(run_until(context, [&] { return over.has_value(); }));
  EXPECT_EQ(over->ending, Observer::Ending::failed);
  EXPECT_TRUE(over->how.starts_with("reset: ")) << over->how;
  EXPECT_EQ(requests->end_of(number)->ending, Observer::Ending::failed);
}

TEST_F(StreamRequestsTest, OneThatIsNotNeededAnyMoreIsReset) {
  for (const auto& wanted : {to("127.0.0.1"), StreamRequests::Wanted{.service = Purpose("web")}}) {
    request(wanted);
    pending.reset();
    EXPECT_TRUE(run_until(context, [&] { return server->driver.streams() == 0; }));
  }
  EXPECT_EQ(answers, 0);
}

TEST_F(StreamRequestsTest, OneToWhichNothingWasAttachedIsReset) {
  attaches = false;
  for (const auto& wanted : {to("127.0.0.1"), StreamRequests::Wanted{.service = Purpose("web")}}) {
    answers = 0;
    request(wanted);
    ASSERT_TRUE(is_answered());
    EXPECT_TRUE(run_until(context, [&] { return server->driver.streams() == 0; }));
  }
}

TEST_F(StreamRequestsTest, TheEndOfTheLinkIsToldToThoseThatWait) {
  request(to("127.0.0.1"));
  server->driver.abort();
  ASSERT_TRUE(is_answered());
  EXPECT_NE(problem, "");
}

TEST_F(StreamRequestsTest, ALinkThatIsEndingOpensNothing) {
  server->driver.stop();
  request(to("127.0.0.1"));
  EXPECT_EQ(problem, "the link is ending");
}

TEST_F(StreamRequestsTest, ThereIsALimit) {
  std::vector<std::shared_ptr<StreamRequests::Request>> all;
  for (std::size_t i = 0; i < StreamRequests::kMaxPending; ++i) {
    request(to("127.0.0.1"));
    ASSERT_NE(pending, nullptr) << problem;
    all.push_back(std::move(pending));
  }
  request(to("127.0.0.1"));
  EXPECT_EQ(problem, "128 requests wait for the other end: try again later");
  all.pop_back();
  request(to("127.0.0.1"));
  EXPECT_NE(pending, nullptr) << "one more, for one less";
}

}  // namespace
}  // namespace serialtcp::io
