// A line that is kept open: what its user is told when it opens at once or later, is away, comes back, cannot be used, ends.
#include "port/line_keeper.h"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

#include "shell_fixture.h"

namespace serialtcp::io {
namespace {

/// Opens and delivers what the test says.
class ScriptedLine final : public Line {
 public:
  void open(Opened opened) override {
    ++opens;
    pending = std::move(opened);
    if (at_once) finish(*at_once);
  }
  void finish(std::expected<void, OpenError> result) { std::exchange(pending, nullptr)(std::move(result)); }
  void close() override {
    ++closes;
    readable = nullptr;
  }
  LineResult read(MutableByteView into) override {
    if (results.empty()) return {LineStatus::would_block};
    LineResult result = results.front();
    results.pop_front();
    std::fill_n(into.begin(), result.count, Byte{'x'});
    return result;
  }
  LineResult write(ByteView bytes) override {
    const std::size_t count = std::min(bytes.size(), takes);
    takes -= count;
    if (count == 0) return {LineStatus::would_block};
    return {LineStatus::ok, count};
  }
  void when_readable(Ready ready) override { readable = std::move(ready); }
  void when_writable(Ready ready) override { writable = std::move(ready); }
  std::size_t unsent() const override { return 0; }
  const std::string& name() const override { return name_; }

  void deliver(LineResult result) {
    results.push_back(std::move(result));
    if (Ready ready = std::exchange(readable, nullptr)) ready();
  }

  std::optional<std::expected<void, OpenError>> at_once = std::expected<void, OpenError>();
  Opened pending;
  std::deque<LineResult> results;
  std::size_t takes = 0;
  Ready readable;
  Ready writable;
  int opens = 0;
  int closes = 0;

 private:
  std::string name_ = "line";
};

struct LineKeeperTest : testing::Test, LineKeeper::User {
  void line_delivered(ByteView bytes) override { delivered += bytes.size(); }
  void line_writable() override { calls += "writable "; }
  bool line_wanted() override { return wanted; }
  void line_opened() override { calls += "opened "; }
  void line_lost() override { calls += "lost "; }
  void line_unusable(const std::string& reason) override { calls += "unusable:" + reason + " "; }
  void line_ended(const std::string& reason) override { calls += "ended:" + reason + " "; }

  static std::unexpected<OpenError> failed(OpenError::Kind kind, const char* text) {
    return std::unexpected(OpenError{kind, text});
  }

  asio::io_context context;
  Recorder recorder;
  ScriptedLine line;
  LineKeeper keeper{context, line, recorder, *this};
  std::string calls;
  std::size_t delivered = 0;
  bool wanted = true;
};

TEST_F(LineKeeperTest, OpensAtOnceOrLater) {
  line.at_once.reset();
  keeper.start();
  EXPECT_FALSE(keeper.is_open());
  line.finish({});
  EXPECT_TRUE(keeper.is_open());
  EXPECT_EQ(calls, "opened ");
  line.deliver({LineStatus::ok, 5});
  EXPECT_EQ(delivered, 5U);
}

TEST_F(LineKeeperTest, AResultAfterCloseIsNotUsed) {
  line.at_once.reset();
  keeper.start();
  keeper.close();
  line.finish({});
  EXPECT_FALSE(keeper.is_open());
  EXPECT_EQ(calls, "");
}

TEST_F(LineKeeperTest, WaitsForALineThatIsMissingUnlessToldOtherwise) {
  line.at_once = failed(OpenError::Kind::missing, "no such device");
  keeper.start();
  EXPECT_TRUE(recorder.has("awaited line: no such device"));
  line.at_once = std::expected<void, OpenError>();
  ASSERT_TRUE(run_until(context, [this] { return keeper.is_open(); }));
  EXPECT_TRUE(recorder.has("found line"));
  EXPECT_EQ(calls, "opened ");

  LineKeeper other(context, line, recorder, *this);
  line.at_once = failed(OpenError::Kind::missing, "no such device");
  other.start(LineKeeper::Missing::is_unusable);
  EXPECT_EQ(calls, "opened unusable:no such device ");
}

TEST_F(LineKeeperTest, OneThatCannotBeUsedIsNotTriedAgain) {
  line.at_once = failed(OpenError::Kind::unusable, "it is a directory");
  keeper.start();
  EXPECT_EQ(calls, "unusable:it is a directory ");
  run_ready(context);
  EXPECT_EQ(line.opens, 1);
}

TEST_F(LineKeeperTest, OneThatGoesAwayIsClosedAndOpenedAgain) {
  keeper.start();
  line.deliver({LineStatus::gone, 0, "unplugged"});
  EXPECT_EQ(line.closes, 1);
  EXPECT_FALSE(keeper.is_open());
  EXPECT_EQ(keeper.write(Bytes(3)), 0U);
  ASSERT_TRUE(run_until(context, [this] { return keeper.is_open(); }));
  EXPECT_EQ(calls, "opened lost opened ");
  EXPECT_TRUE(recorder.has("lost line: unplugged"));
  EXPECT_TRUE(recorder.has("back line"));
}

TEST_F(LineKeeperTest, OneThatEndsIsNotOpenedAgain) {
  keeper.start();
  line.deliver({LineStatus::ended, 0, "the input has ended"});
  EXPECT_EQ(calls, "opened ended:the input has ended ");
  EXPECT_EQ(line.closes, 1);
  run_ready(context);
  EXPECT_EQ(line.opens, 1);
}

TEST_F(LineKeeperTest, IsNotReadWhileItIsNotWanted) {
  keeper.start();
  wanted = false;
  line.results.push_back({LineStatus::ok, 7});
  line.deliver({LineStatus::ok, 7});
  EXPECT_EQ(delivered, 0U);
  wanted = true;
  keeper.resume();
  line.readable();
  EXPECT_EQ(delivered, 14U);
}

TEST_F(LineKeeperTest, WhatIsNotTakenIsAskedForAgain) {
  keeper.start();
  line.takes = 2;
  EXPECT_EQ(keeper.write(Bytes(5)), 2U);
  EXPECT_EQ(keeper.write(Bytes(5)), 0U) << "it waits";
  line.takes = 10;
  line.writable();
  EXPECT_EQ(calls, "opened writable ");
  EXPECT_EQ(keeper.write(Bytes(5)), 5U);
}

}  // namespace
}  // namespace serialtcp::io
