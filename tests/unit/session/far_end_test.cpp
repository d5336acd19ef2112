// The end of a session where programs run: what the other end can make it do, also one that keeps to nothing.
#include "session/far_end.h"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <map>
#include <memory>

#include "net/program_watcher.h"
#include "shell_fixture.h"

namespace serialtcp::io::session {
namespace {

using namespace wire::session;

class FarEndTest : public testing::Test {
 protected:
  FarEndTest() { std::signal(SIGPIPE, SIG_IGN); }  // as main() does

  void begin(std::optional<Refused> refusal = {}, Duration patience = std::chrono::hours(1)) {
    end_ = std::make_shared<FarEnd>(
        context_, FarEnd::Config{.watcher = std::make_shared<ProgramWatcher>(),
                                 .repertoire = {},
                                 .refusal = std::move(refusal),
                                 .patience = patience,
                                 .tell = [this](const std::string& text) { told_ += text + "\n"; }});
    auto socket = end_->begin();
    ASSERT_TRUE(socket);
    socket_.emplace(std::move(*socket));
  }
  ~FarEndTest() override {
    if (end_) end_->cancel();
    run_until(context_, [this] { return !end_ || end_->over(); });
  }

  void say(const Message& message) {
    Bytes bytes;
    write(message, bytes);
    say(bytes);
  }
  void say(const Bytes& bytes) { socket_->send(asio::buffer(bytes)); }
  void start(const std::string& command) { say(Start{.kind = Kind::command, .text = command}); }
  void grant(std::uint32_t count = kWindow) {
    for (const Channel channel : {Channel::output, Channel::error_output}) say(Credit{channel, count});
  }
  void send(std::string_view text) {
    const Bytes bytes(text.begin(), text.end());
    say(Data{Channel::input, bytes});
  }

  /// Reads what has come.
  void read() {
    std::array<Byte, 4096> buffer;
    ErrorCode error;
    const std::size_t count = socket_->receive(asio::buffer(buffer), 0, error);
    if (error == asio::error::would_block) return;
    if (error) {
      ended_ = true;
      return;
    }
    ByteView rest = ByteView(buffer).first(count);
    while (const auto message = reader_.next(rest)) take(*message);
    EXPECT_FALSE(reader_.malformed());
  }
  void take(const Message& message) {
    if (const auto* const data = std::get_if<Data>(&message))
      got_[data->channel] += std::string(data->bytes.begin(), data->bytes.end());
    if (const auto* const refused = std::get_if<Refused>(&message)) refused_ = *refused;
    if (const auto* const exit = std::get_if<Exit>(&message)) exit_ = *exit;
    if (const auto* const credit = std::get_if<Credit>(&message)) credit_ += credit->count;
    if (std::holds_alternative<Stop>(message)) stopped_ = true;
  }
  bool until(const std::function<bool()>& done) {
    return run_until(context_, [&] {
      read();
      return done();
    });
  }
  bool until_ended() {
    return until([this] { return ended_; });
  }

  asio::io_context context_;
  std::shared_ptr<FarEnd> end_;
  std::optional<StreamSocket> socket_;
  wire::session::Reader reader_;
  std::map<Channel, std::string> got_;
  std::optional<Refused> refused_;
  std::optional<Exit> exit_;
  std::uint64_t credit_ = 0;
  bool stopped_ = false;
  bool ended_ = false;
  std::string told_;
};

TEST_F(FarEndTest, RunsACommandWithThreeFilesOfItsOwn) {
  begin();
  start("read line; echo out $line; echo err >&2; exit 3");
  grant();
  ASSERT_TRUE(until([this] { return credit_ > 0; }));
  send("hello\n");
  ASSERT_TRUE(until_ended());
  EXPECT_EQ(got_[Channel::output], "out hello\n");
  EXPECT_EQ(got_[Channel::error_output], "err\n");
  EXPECT_EQ(exit_, (Exit{Exit::How::status, 3}));
}

TEST_F(FarEndTest, ASignalIsTold) {
  begin();
  start("kill -9 $$");
  grant();
  ASSERT_TRUE(until_ended());
  EXPECT_EQ(exit_, (Exit{Exit::How::signal, 9}));
}

TEST_F(FarEndTest, NothingIsSentWithoutCreditAndTheStatusComesNevertheless) {
  begin();
  start("echo much; echo err >&2; exit 4");
  say(Credit{Channel::error_output, 100});
  say(Credit{Channel::output, 2});
  ASSERT_TRUE(until([this] { return exit_ && got_[Channel::error_output] == "err\n"; }));
  EXPECT_EQ(got_[Channel::output], "mu");
  EXPECT_FALSE(ended_);
  say(Credit{Channel::output, 100});
  ASSERT_TRUE(until_ended());
  EXPECT_EQ(got_[Channel::output], "much\n");
}

TEST_F(FarEndTest, MoreThanTheCreditIsAViolationAndEndsTheProgram) {
  begin();
  start("sleep 1000");
  ASSERT_TRUE(until([this] { return credit_ == kWindow; }));
  const std::string piece(kMostData, 'x');
  // A full pipe is granted again.
  constexpr std::size_t kPipe = 64 * 1024;
  for (std::size_t sent = 0; sent <= kPipe + kWindow; sent += piece.size()) {
    send(piece);
    run_ready(context_);
  }
  ASSERT_TRUE(until_ended());
  EXPECT_TRUE(refused_);
  EXPECT_TRUE(
      run_until(context_, [this] { return end_->over() || told_.find("refused") != std::string::npos; }));
}

TEST_F(FarEndTest, WhatDoesNotBelongThereIsRefused) {
  const std::vector<std::function<void()>> all = {
      [this] {
        say(Bytes{5, 1, 0, 9});
      },
      [this] {
        start("sleep 1000");
        start("sleep 1000");
      },
      [this] {
        start("sleep 1000");
        say(Exit{});
      },
      [this] {
        start("sleep 1000");
        say(End{Channel::output});
      },
      [this] { say(Start{.version = 9, .text = "true"}); },
      [this] { say(Start{.kind = static_cast<Kind>(77), .text = "true"}); },
      [this] { say(Start{.kind = Kind::subsystem, .text = "nothing"}); },
  };
  for (const auto& one : all) {
    refused_.reset();
    ended_ = false;
    reader_ = {};
    begin();
    one();
    EXPECT_TRUE(until_ended());
    EXPECT_TRUE(refused_);
    end_->cancel();
  }
}

TEST_F(FarEndTest, WhatIsNotAllowedStartsNothing) {
  begin(Refused{Reason::not_allowed, "no"});
  start("echo ran");
  grant();
  ASSERT_TRUE(until_ended());
  EXPECT_EQ(refused_, (Refused{Reason::not_allowed, "no"}));
  EXPECT_TRUE(got_.empty());
  EXPECT_TRUE(end_->over() || !exit_);
}

TEST_F(FarEndTest, OneThatAsksForNothingIsNotWaitedFor) {
  begin({}, std::chrono::milliseconds(1));
  ASSERT_TRUE(until_ended());
  EXPECT_EQ(refused_, (Refused{Reason::other, "nothing has been asked for in time"}));
}

TEST_F(FarEndTest, TheProgramIsHungUpWithTheStream) {
  begin();
  start("trap 'exit 5' HUP; echo ready; while :; do sleep 0.01; done");
  grant();
  ASSERT_TRUE(until([this] { return got_[Channel::output] == "ready\n"; }));
  socket_->close();
  EXPECT_TRUE(run_until(context_, [this] { return end_->over(); }));
}

TEST_F(FarEndTest, InputThatNobodyReadsIsToldAndDropped) {
  begin();
  start("exec <&-; echo closed; sleep 1000");
  grant();
  ASSERT_TRUE(until([this] { return got_[Channel::output] == "closed\n"; }));
  send("x");
  EXPECT_TRUE(until([this] { return stopped_; }));
}

TEST_F(FarEndTest, ATerminalHasItsSize) {
  begin();
  say(Start{.kind = Kind::command, .terminal = {33, 77}, .text = "stty size; read x; stty size"});
  grant();
  ASSERT_TRUE(until([this] { return got_[Channel::output].find("33 77") != std::string::npos; }));
  say(Size{44, 88});
  send("\n");
  ASSERT_TRUE(until_ended());
  EXPECT_NE(got_[Channel::output].find("44 88"), std::string::npos);
  EXPECT_EQ(exit_, (Exit{Exit::How::status, 0}));
}

}  // namespace
}  // namespace serialtcp::io::session
