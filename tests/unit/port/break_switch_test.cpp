// A break waits for what was written before it, and nothing else waits but what is written after it.
#include "port/break_switch.h"

#include <string>

#include "port/serial_port.h"
#include "shell_fixture.h"

namespace serialtcp::io {
namespace {

using Break = BreakSwitch::Break;

struct BreakSwitchTest : testing::Test {
  void SetUp() override { open(); }
  void open() {
    std::string problem = "(not called)";
    port.open([&problem](const std::expected<void, OpenError>& opened) {
      problem = opened ? "" : opened.error().text;
    });
    ASSERT_EQ(problem, "");
  }

  asio::io_context context;
  Recorder recorder;
  Pty pty;
  SerialPort port{context, pty.path(), SerialSettings{.baud = 9600}, recorder, SerialPort::Purpose::shared};
  int begun = 0;
  BreakSwitch line{context, port, [this] { ++begun; }};
};

TEST_F(BreakSwitchTest, BeginsAtOnceWhereNothingWasWritten) {
  line.set(Break::on);
  EXPECT_EQ(line.state(), Break::on);
  EXPECT_FALSE(line.is_pending());
  line.set(Break::off);
  EXPECT_EQ(line.state(), Break::off);
  EXPECT_EQ(begun, 0) << "nobody has waited";
}

TEST_F(BreakSwitchTest, WaitsForWhatTheUartMayStillHave) {
  line.wrote();
  line.set(Break::on);
  EXPECT_EQ(line.state(), Break::on);
  EXPECT_TRUE(line.is_pending());
  EXPECT_TRUE(run_until(context, [this] { return begun == 1; }));
  EXPECT_FALSE(line.is_pending());
}

TEST_F(BreakSwitchTest, OneThatIsNotWantedAnyMoreHoldsNobodyUp) {
  line.wrote();
  line.set(Break::on);
  line.set(Break::off);
  EXPECT_FALSE(line.is_pending());
  EXPECT_EQ(begun, 1);
}

TEST_F(BreakSwitchTest, APulseIsNoState) {
  line.wrote();
  line.pulse(std::chrono::milliseconds(1));
  EXPECT_TRUE(line.is_pending());
  EXPECT_EQ(line.state(), Break::off);
  EXPECT_TRUE(run_until(context, [this] { return begun == 1; }));
}

TEST_F(BreakSwitchTest, IsThereAgainWhenThePortIs) {
  line.set(Break::on);
  port.close();
  line.wrote();
  open();
  line.reopened();
  EXPECT_TRUE(line.is_pending());
  EXPECT_TRUE(run_until(context, [this] { return begun == 1; }));
  line.stop();
  EXPECT_EQ(line.state(), Break::off);
}

}  // namespace
}  // namespace serialtcp::io
