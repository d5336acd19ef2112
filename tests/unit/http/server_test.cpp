// The HTTP server with clients that are good, slow, mute and many, in one loop with them.
#include "http/server.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <string_view>

#include "os/clock.h"
#include "os/cpu_time.h"
#include "raw_clients.h"

namespace serialtcp::http {
namespace {

using io::run_until;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// Its status is as long as a test wants it, and takes as much processor time.
class Program final : public control::Operations {
 public:
  std::expected<control::ProcessStatus, control::Error> status(const control::StatusRequest&) override {
    ++asked;
    for (const Duration begin = io::thread_cpu_time(); io::thread_cpu_time() - begin < work;) {
    }
    control::ProcessStatus status;
    control::LinkStatus& link = status.links.emplace_back();
    link.name = "rack";
    link.trouble = std::string(answer_size, 'x');
    return status;
  }
  std::expected<void, control::Error> close(const control::CloseRequest&, const std::string&) override {
    ADD_FAILURE() << "nothing can be changed by HTTP";
    return {};
  }
  std::expected<std::shared_ptr<void>, control::Error> connect(const control::ConnectRequest&,
                                                               const std::string&, Connected) override {
    ADD_FAILURE() << "nothing can be changed by HTTP";
    return nullptr;
  }
  std::expected<std::optional<End>, control::Error> end(const control::EndRequest&) override {
    ADD_FAILURE() << "HTTP does not ask for it";
    return std::nullopt;
  }
  std::expected<Reloaded, control::Error> reload(const std::string&) override {
    ADD_FAILURE() << "nothing can be changed by HTTP";
    return Reloaded{};
  }
  void set_level(control::Level, const std::string&) override {
    ADD_FAILURE() << "nothing can be changed by HTTP";
  }
  std::string version() const override { return "1"; }

  std::size_t answer_size = 0;
  Duration work{};
  int asked = 0;
};

class HttpServer : public io::RawClients {
 protected:
  HttpServer() {
    server_->listen({"127.0.0.1", 0}, [this](const Server::Listening& result) {
      ASSERT_TRUE(result) << result.error();
      at_ = result->front();
    });
  }

  int dial(int receive_buffer = 0) { return connect_to(at_, receive_buffer); }
  int ask(std::string_view path, int receive_buffer = 0) {
    const int fd = dial(receive_buffer);
    say(fd, fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path));
    return fd;
  }

  std::string all(int fd) {
    return until(fd, [](const Heard& heard) { return heard.end; }).text;
  }
  std::string get(std::string_view path) { return all(ask(path)); }
  /// So many events, from a stream that does not end.
  std::string events(int fd, std::ptrdiff_t count) {
    const auto names = [](const Heard& heard) {
      std::ptrdiff_t found = 0;
      for (std::size_t at = 0; (at = heard.text.find("\nevent: ", at)) != std::string::npos; ++at) ++found;
      return found;
    };
    return until(fd,
                 [&](const Heard& heard) { return names(heard) >= count && heard.text.ends_with("\n\n"); })
        .text;
  }
  bool wait(Duration time) {
    io::asio::steady_timer timer(context_, time);
    bool over = false;
    timer.async_wait([&over](io::ErrorCode) { over = true; });
    return run_until(context_, [&] { return over; });
  }

  Program program_;
  std::unique_ptr<Server> server_ = std::make_unique<Server>(context_, program_);
  io::tcp::endpoint at_;
};

TEST_F(HttpServer, HasFourPaths) {
  EXPECT_THAT(get("/"), HasSubstr("<!DOCTYPE html>"));
  EXPECT_THAT(get("/status.json"), HasSubstr("\"name\":\"rack\""));
  EXPECT_THAT(get("/metrics"), HasSubstr("serialtcp_links 1\n"));
  EXPECT_THAT(get("/status.js"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(events(ask("/events"), 2), HasSubstr("event: history\ndata: {"));
  EXPECT_TRUE(run_until(context_, [&] { return server_->clients() <= 1; }));
}

TEST_F(HttpServer, AnswersHeadWithoutABody) {
  for (const char* path : {"/", "/metrics", "/status.json", "/events"}) {
    const int fd = dial();
    say(fd, fmt::format("HEAD {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path));
    const std::string answer = all(fd);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 ")) << path;
    EXPECT_TRUE(answer.ends_with("\r\n\r\n") && answer.find("\r\n\r\n") == answer.size() - 4) << answer;
  }
}

TEST_F(HttpServer, EachPageHasANonceOfItsOwn) {
  const std::string one = get("/");
  const auto nonce = [](const std::string& answer) {
    const std::string_view before = "script-src 'nonce-";
    return answer.substr(answer.find(before) + before.size(), 32);
  };
  EXPECT_THAT(one, HasSubstr(fmt::format("<script nonce=\"{}", nonce(one))));
  EXPECT_THAT(one, HasSubstr(fmt::format("<style nonce=\"{}", nonce(one))));
  EXPECT_NE(nonce(one), nonce(get("/")));
  EXPECT_THAT(one, Not(HasSubstr("{{nonce}}")));
}

TEST_F(HttpServer, EventsComeAgainAndAgainFromOneStatusForAll) {
  const int one = ask("/events");
  EXPECT_THAT(events(one, 2), HasSubstr("event: status\ndata: {"));
  const int other = ask("/events");
  events(other, 2);
  const int before = program_.asked;
  events(one, 2);
  EXPECT_THAT(events(other, 1), HasSubstr("event: status\ndata: {"));
  EXPECT_LE(program_.asked - before, 3) << "two seconds, and perhaps a point of the curves";
}

TEST_F(HttpServer, NothingIsAskedForEventsWhileNobodyFollows) {
  events(ask("/events"), 3);
  ::shutdown(clients_.back(), SHUT_RDWR);
  ASSERT_TRUE(run_until(context_, [&] { return server_->clients() == 0; }));
  wait(Feed::kEvery);  // the one that was due already
  const int before = program_.asked;
  wait(3 * Feed::kEvery);
  EXPECT_LE(program_.asked - before, 1) << "a point of the curves";
}

TEST_F(HttpServer, EventsHaveSoManyClients) {
  for (std::size_t i = 0; i < Server::kMaxFollowers; ++i) events(ask("/events"), 1);
  EXPECT_THAT(get("/events"), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(get("/"), StartsWith("HTTP/1.1 200 "));
  ::shutdown(clients_.front(), SHUT_RDWR);
  EXPECT_TRUE(run_until(context_, [&] { return server_->clients() == Server::kMaxFollowers - 1; }));
  EXPECT_THAT(events(ask("/events"), 1), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServer, AReaderThatStopsIsDroppedAndAnotherOneIsServedMeanwhile) {
  program_.answer_size = 1'000'000;  // more than the sockets hold
  const int stalled = ask("/status.json", 4096);
  ASSERT_TRUE(run_until(context_, [&] { return program_.asked >= 2; }));
  const Time begin = io::now();  // it has not stopped yet, or just now
  EXPECT_THAT(get("/nothing"), StartsWith("HTTP/1.1 404 "));
  EXPECT_TRUE(run_until(context_, [&] { return server_->clients() == 0; }));
  EXPECT_GT(io::now() - begin, Connection::kStalled - std::chrono::seconds(1));
  EXPECT_LT(all(stalled).size(), program_.answer_size);
}

TEST_F(HttpServer, AReaderOfEventsThatStopsIsDropped) {
  program_.answer_size = 1'000'000;
  ask("/events", 4096);
  ASSERT_TRUE(run_until(context_, [&] { return server_->clients() == 1; }));
  EXPECT_TRUE(run_until(context_, [&] { return server_->clients() == 0; }));
}

TEST_F(HttpServer, AReaderThatIsSlowGetsAllOfIt) {
  program_.answer_size = 1'000'000;
  EXPECT_GT(get("/status.json").size(), program_.answer_size);
}

TEST_F(HttpServer, OneMoreThanTheMostReplacesTheOneThatHasWaitedLongest) {
  const int half = dial();
  say(half, "GET / HT");
  ASSERT_TRUE(run_until(context_, [&] { return server_->clients() == 1; }));
  const int first = dial();
  for (std::size_t i = 2; i < Server::kMaxClients; ++i) dial();
  ASSERT_TRUE(run_until(context_, [&] { return server_->clients() == Server::kMaxClients; }));
  EXPECT_THAT(get("/nothing"), StartsWith("HTTP/1.1 404 "));
  EXPECT_EQ(all(first), "");
  say(half, "TP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(all(half), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServer, WhenAllAreBeingServedOneMoreIsRefused) {
  for (std::size_t i = 0; i < Server::kMaxClients; ++i) say(dial(), "GET / HT");
  wait(std::chrono::milliseconds(100));
  const int late = dial();
  EXPECT_THAT(all(late), StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(server_->clients(), Server::kMaxClients);
}

TEST_F(HttpServer, ARequestOfFourKilobytesIsTakenAndALongerOneIsNot) {
  const auto request = [](std::size_t size) {
    std::string text = "GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: ";
    text.resize(size - 4, 'x');
    return text + "\r\n\r\n";
  };
  const int longest = dial();
  say(longest, request(kMaxHead));
  EXPECT_THAT(all(longest), StartsWith("HTTP/1.1 404 "));
  const int longer = dial();
  say(longer, request(kMaxHead + 1));
  EXPECT_THAT(all(longer), StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpServer, WorkForClientsTakesAPartOfTheTimeOnly) {
  program_.work = std::chrono::milliseconds(10);
  const int before = program_.asked;
  const Time begin = io::now();
  while (program_.asked - before < 15) get("/metrics");
  const Duration earned = 14 * program_.work - TimeBudget::kAtOnce;  // the last one may make a debt
  EXPECT_GE(io::now() - begin, 19 * earned);
}

TEST_F(HttpServer, IsDestroyedWithClientsInEveryState) {
  program_.answer_size = 4'000'000;
  dial();
  say(dial(), "GET / HT");
  ask("/status.json", 4096);
  ask("/events", 4096);
  say(dial(), "POST / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  ASSERT_TRUE(run_until(context_, [&] { return program_.asked >= 3; }));
  server_.reset();
  io::run_ready(context_);
  for (const int fd : clients_) all(fd);
}

}  // namespace
}  // namespace serialtcp::http
