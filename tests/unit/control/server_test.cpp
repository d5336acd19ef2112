// The control socket with clients that are good, slow, mute and many, in one loop with them.
#include "control/server.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/unix_socket.h"
#include "os/clock.h"
#include "raw_clients.h"
#include "temporary_folder.h"

namespace serialtcp::control {
namespace {

using io::run_until;

/// Its answers are as long as a test wants them.
class Program final : public Operations {
 public:
  std::expected<ProcessStatus, Error> status(const StatusRequest&) override {
    ++asked;
    ProcessStatus status;
    status.config_file = std::string(answer_size, 'x');
    return status;
  }
  std::expected<void, Error> close(const CloseRequest&, const std::string& who) override {
    last_who = who;
    return {};
  }
  std::expected<std::shared_ptr<void>, Error> connect(const ConnectRequest& request, const std::string& who,
                                                      Connected done) override {
    if (request.service == "refused") return std::unexpected(Error{kRefused, "not now"});
    last_who = who;
    connected.push_back(std::move(done));
    auto token = std::make_shared<int>();
    tokens.push_back(token);
    return token;
  }
  std::expected<std::optional<End>, Error> end(const EndRequest& request) override {
    if (request.number == 3) return std::nullopt;
    return End{.in_order = false, .text = fmt::format("reset {}", request.number)};
  }
  std::expected<Reloaded, Error> reload(const std::string&) override { return Reloaded{}; }
  void set_level(Level, const std::string&) override {}
  std::string version() const override { return "1"; }

  std::size_t answer_size = 0;
  int asked = 0;
  std::string last_who;
  std::vector<Connected> connected;         ///< requests for streams
  std::vector<std::weak_ptr<void>> tokens;  ///< gone: the request is not needed any more
};

class ControlServer : public io::RawClients {
 protected:
  ControlServer() : server_(std::make_unique<Server>(context_, program_)) {
    const auto listening = server_->listen(path_);
    EXPECT_TRUE(listening) << listening.error();
  }

  int dial() { return connect_to(io::unix_endpoint(path_)); }

  std::string line(int fd) {
    return until(fd, [](const Heard& heard) { return heard.text.ends_with('\n'); }).text;
  }
  void expect_dropped(int fd) {
    until(fd, [](const Heard& heard) { return heard.end; });
  }

  static constexpr std::string_view kVersion = "{\"request\":\"version\"}\n";
  static constexpr std::string_view kConnect = "{\"request\":\"connect\",\"to\":\"board:22\"}\n";
  static constexpr std::string_view kVersionIs = "{\"protocol\":1,\"ok\":true,\"version\":\"1\"}\n";

  TemporaryFolder folder_;
  std::string path_ = folder_.file("s");
  Program program_;
  std::unique_ptr<Server> server_;
};

TEST_F(ControlServer, AnswersEachLineInItsOrder) {
  const int fd = dial();
  say(fd, std::string(kVersion) + "x\r\n" + std::string(kVersion));
  const Heard heard = until(fd, [](const Heard& all) { return std::ranges::count(all.text, '\n') == 3; });
  EXPECT_TRUE(heard.text.starts_with(kVersionIs));
  EXPECT_TRUE(heard.text.ends_with(kVersionIs));
  EXPECT_NE(heard.text.find("bad_request"), std::string::npos);
}

TEST_F(ControlServer, TellsWhoAsks) {
  const int fd = dial();
  say(fd, "{\"request\":\"close\",\"connection\":\"x#1\"}\n");
  line(fd);
  EXPECT_EQ(program_.last_who, fmt::format("process {} of user {}", ::getpid(), ::geteuid()));
}

TEST_F(ControlServer, TheFileIsForItsUserOnlyAndGoesWithIt) {
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  server_.reset();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ControlServer, IsNotReplacedByASecondOne) {
  Server second(context_, program_);
  const auto listening = second.listen(path_);
  ASSERT_FALSE(listening);
  EXPECT_NE(listening.error().find("another program listens there"), std::string::npos);
  const int fd = dial();
  say(fd, kVersion);
  EXPECT_EQ(line(fd), kVersionIs);
}

TEST_F(ControlServer, ALineWithoutEndIsRefused) {
  const int fd = dial();
  say(fd, std::string(kMaxRequest + 1, '{'));
  const Heard heard = until(fd, [](const Heard& all) { return all.end; });
  EXPECT_NE(heard.text.find("too_long"), std::string::npos);
}

TEST_F(ControlServer, TheLongestLineIsTaken) {
  const int fd = dial();
  std::string request(kVersion.substr(0, kVersion.size() - 1));
  request.resize(kMaxRequest, ' ');
  say(fd, request + "\n");
  EXPECT_EQ(line(fd), kVersionIs);
}

TEST_F(ControlServer, AReaderThatStopsIsDroppedAndAnotherOneIsServedMeanwhile) {
  program_.answer_size = 500'000;  // more than a socket holds
  const int stalled = dial();
  say(stalled, "{\"request\":\"status\"}\n");
  ASSERT_TRUE(run_until(context_, [&] { return program_.asked == 1; }));
  const int other = dial();
  say(other, kVersion);
  EXPECT_EQ(line(other), kVersionIs);
  const Time begin = io::now();
  io::asio::steady_timer timer(context_, Server::kStalled + std::chrono::milliseconds(500));
  bool over = false;
  timer.async_wait([&over](io::ErrorCode) { over = true; });
  EXPECT_TRUE(run_until(context_, [&] { return over; }));
  EXPECT_GE(io::now() - begin, Server::kStalled);
  const Heard heard = until(stalled, [](const Heard& all) { return all.end; });
  EXPECT_LT(heard.text.size(), program_.answer_size);
}

TEST_F(ControlServer, AReaderThatIsSlowGetsAllOfIt) {
  program_.answer_size = 1'000'000;
  const int fd = dial();
  say(fd, "{\"request\":\"status\"}\n");
  EXPECT_GT(line(fd).size(), program_.answer_size);
}

TEST_F(ControlServer, OneMoreThanTheMostReplacesTheOneThatHasWaitedLongest) {
  const int first = dial();
  say(first, "{\"requ");  // and no more
  for (std::size_t i = 1; i < Server::kMaxClients; ++i) dial();
  const int late = dial();
  say(late, kVersion);
  EXPECT_EQ(line(late), kVersionIs);
  expect_dropped(first);
  say(clients_[1], kVersion);
  EXPECT_EQ(line(clients_[1]), kVersionIs);
}

TEST_F(ControlServer, WhenAllAreBeingServedOneMoreIsRefused) {
  program_.answer_size = 4'000'000;
  for (std::size_t i = 0; i < Server::kMaxClients; ++i) say(dial(), "{\"request\":\"status\"}\n");
  // Answers wait for each other; none of these clients only waits.
  run_until(context_, [&] { return program_.asked >= 1; });
  const int late = dial();
  EXPECT_NE(line(late).find("busy"), std::string::npos);
}

TEST_F(ControlServer, TheConnectionOfAClientBecomesItsStream) {
  const int fd = dial();
  say(fd, std::string(kConnect) + "and more");
  ASSERT_TRUE(run_until(context_, [&] { return program_.connected.size() == 1; }));
  EXPECT_EQ(program_.last_who, fmt::format("process {} of user {}", ::getpid(), ::geteuid()));
  std::optional<io::StreamSocket> stream;
  Bytes first;
  program_.connected[0](Operations::Stream{"rack#3", [&](io::StreamSocket socket, Bytes bytes) {
                                             stream.emplace(std::move(socket));
                                             first = std::move(bytes);
                                           }});
  EXPECT_EQ(line(fd), "{\"protocol\":1,\"ok\":true,\"connection\":\"rack#3\"}\n");
  ASSERT_TRUE(stream);
  EXPECT_EQ(std::string(first.begin(), first.end()), "and more");
  EXPECT_EQ(stream->send(io::asio::buffer("there", 5)), 5U);
  until(fd, [](const Heard& heard) { return heard.text == "there"; });
  EXPECT_TRUE(program_.tokens[0].expired());
  server_.reset();
  say(fd, "x");
  EXPECT_EQ(stream->available(), 1U) << "the server does not know it any more";
}

TEST_F(ControlServer, AStreamThatIsRefusedEndsItsConnection) {
  const int refused = dial();
  say(refused, "{\"request\":\"connect\",\"service\":\"refused\"}\n");
  const Heard now = until(refused, [](const Heard& heard) { return heard.end; });
  EXPECT_NE(now.text.find("\"text\":\"not now\""), std::string::npos) << now.text;
  const int later = dial();
  say(later, kConnect);
  ASSERT_TRUE(run_until(context_, [&] { return program_.connected.size() == 1; }));
  program_.connected[0](std::unexpected(Error{kRefused, "nobody is there"}));
  const Heard then = until(later, [](const Heard& heard) { return heard.end; });
  EXPECT_NE(then.text.find("nobody is there"), std::string::npos) << then.text;
  EXPECT_TRUE(program_.tokens[0].expired());
}

TEST_F(ControlServer, AClientThatEndsItsInputStillWaitsForItsStreamAndOneThatClosesDoesNot) {
  const int half = dial();
  const int whole = dial();
  say(half, kConnect);
  say(whole, kConnect);
  ASSERT_TRUE(run_until(context_, [&] { return program_.connected.size() == 2; }));
  ::shutdown(half, SHUT_WR);
  ::shutdown(whole, SHUT_RDWR);
  EXPECT_TRUE(run_until(context_, [&] { return program_.tokens[1].expired(); }));
  EXPECT_FALSE(program_.tokens[0].expired());
  program_.connected[1](std::unexpected(Error{kRefused, "too late: has no effect"}));
}

TEST_F(ControlServer, ClientsThatWaitForStreamsAreBoundedAndDoNotKeepOthersOut) {
  for (std::size_t i = 0; i < Server::kMaxStreamClients; ++i) {
    say(dial(), kConnect);
    ASSERT_TRUE(run_until(context_, [&] { return program_.connected.size() == i + 1; }));
  }
  const int late = dial();
  say(late, kConnect);
  EXPECT_NE(line(late).find("busy"), std::string::npos);
  const int other = dial();
  say(other, kVersion);
  EXPECT_EQ(line(other), kVersionIs);
}

TEST_F(ControlServer, TellsHowAStreamHasEnded) {
  const int fd = dial();
  say(fd, "{\"request\":\"end\",\"connection\":\"x#4\"}\n");
  EXPECT_EQ(line(fd),
            "{\"protocol\":1,\"ok\":true,\"ended\":true,\"in_order\":false,\"text\":\"reset 4\"}\n");
  say(fd, "{\"request\":\"end\",\"connection\":\"x#3\"}\n");
  EXPECT_EQ(line(fd), "{\"protocol\":1,\"ok\":true,\"ended\":false}\n");
}

TEST_F(ControlServer, IsDestroyedWithClientsInEveryState) {
  program_.answer_size = 4'000'000;
  say(dial(), "{\"request\":\"status\"}\n");
  say(dial(), "{\"request\":\"status\"}\n");
  say(dial(), "{\"requ");
  say(dial(), kConnect);
  dial();
  ASSERT_TRUE(run_until(context_, [&] { return program_.asked >= 1 && program_.connected.size() == 1; }));
  server_.reset();
  io::run_ready(context_);
  for (const int fd : clients_) expect_dropped(fd);
}

}  // namespace
}  // namespace serialtcp::control
