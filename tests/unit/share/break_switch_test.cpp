// A break waits for what was written before it, and nothing else waits but what is written after it.
#include "share/break_switch.h"

#include <string>

#include "shell_fixture.h"

namespace serialtcp::share {
namespace {

using Break = BreakSwitch::Break;

struct ShareBreak : testing::Test {
  void SetUp() override { open(); }
  void open() {
    std::string problem = "(not called)";
    port.open([&problem](const std::expected<void, io::OpenError>& opened) {
      problem = opened ? "" : opened.error().text;
    });
    ASSERT_EQ(problem, "");
  }

  io::asio::io_context context;
  io::Recorder recorder;
  io::Pty pty;
  io::SerialPort port{context, pty.path(), io::SerialSettings{.baud = 9600}, recorder,
                      io::SerialPort::Purpose::shared};
  int begun = 0;
  BreakSwitch line{context, port, [this] { ++begun; }};
};

TEST_F(ShareBreak, BeginsAtOnceWhereNothingWasWritten) {
  line.set(Break::on);
  EXPECT_EQ(line.state(), Break::on);
  EXPECT_FALSE(line.is_pending());
  line.set(Break::off);
  EXPECT_EQ(line.state(), Break::off);
  EXPECT_EQ(begun, 0) << "nobody has waited";
}

TEST_F(ShareBreak, WaitsForWhatTheUartMayStillHave) {
  line.wrote();
  line.set(Break::on);
  EXPECT_EQ(line.state(), Break::on);
  EXPECT_TRUE(line.is_pending());
  EXPECT_TRUE(io::run_until(context, [this] { return begun == 1; }));
  EXPECT_FALSE(line.is_pending());
}

TEST_F(ShareBreak, OneThatIsNotWantedAnyMoreHoldsNobodyUp) {
  line.wrote();
  line.set(Break::on);
  line.set(Break::off);
  EXPECT_FALSE(line.is_pending());
  EXPECT_EQ(begun, 1);
}

TEST_F(ShareBreak, APulseIsNoState) {
  line.wrote();
  line.pulse(std::chrono::milliseconds(1));
  EXPECT_TRUE(line.is_pending());
  EXPECT_EQ(line.state(), Break::off);
  EXPECT_TRUE(io::run_until(context, [this] { return begun == 1; }));
}

TEST_F(ShareBreak, IsThereAgainWhenThePortIs) {
  line.set(Break::on);
  port.close();
  line.wrote();
  open();
  line.reopened();
  EXPECT_TRUE(line.is_pending());
  EXPECT_TRUE(io::run_until(context, [this] { return begun == 1; }));
  line.stop();
  EXPECT_EQ(line.state(), Break::off);
}

}  // namespace
}  // namespace serialtcp::share
