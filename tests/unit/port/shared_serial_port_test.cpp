// A serial port that clients share: its settings change while it is open, and return with it.
#include <termios.h>

#include <fcntl.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "port/serial_port.h"
#include "shell_fixture.h"

namespace serialtcp::io {
namespace {

struct SharedSerialPort : testing::Test {
  void open() {
    std::string problem = "(not called)";
    port.open([&problem](const std::expected<void, OpenError>& opened) {
      problem = opened ? "" : opened.error().text;
    });
    ASSERT_EQ(problem, "");
  }
  termios modes() {
    termios found{};
    const int fd = ::open(pty.path().c_str(), O_RDWR | O_NOCTTY);
    EXPECT_EQ(::tcgetattr(fd, &found), 0);
    ::close(fd);
    return found;
  }

  speed_t speed() {
    const termios found = modes();
    return ::cfgetospeed(&found);
  }

  asio::io_context context;
  Recorder recorder;
  Pty pty;
  SerialPort port{context, pty.path(), SerialSettings{.baud = 9600}, recorder, SerialPort::Purpose::shared};
};

TEST_F(SharedSerialPort, ChangesWhileItIsOpenAndIsPutBack) {
  const termios before = modes();
  open();
  port.change({.baud = 57600,
               .data_bits = 7,
               .parity = Parity::even,
               .stop_bits = StopBits::one_and_a_half,
               .flow_control = FlowControl::rts_cts});
  EXPECT_EQ(speed(), static_cast<speed_t>(B57600));
  EXPECT_TRUE(modes().c_cflag & CRTSCTS);
  EXPECT_TRUE(modes().c_cflag & CSTOPB);
  EXPECT_EQ(port.settings().baud, 57600U);
  EXPECT_EQ(port.settings().stop_bits, StopBits::one_and_a_half);
  EXPECT_EQ(port.settings().parity, Parity::even) << "a pty remembers it";
  EXPECT_EQ(port.settings().data_bits, 7);
  EXPECT_EQ(port.restore_settings(), std::nullopt) << "that was no other program";
  port.close();
  EXPECT_EQ(modes().c_cflag, before.c_cflag);
  EXPECT_EQ(modes().c_lflag, before.c_lflag);
}

TEST_F(SharedSerialPort, EachDirectionHasItsOwnSoftwareFlowControl) {
  open();
  port.change({.baud = 9600, .inbound_flow = FlowControl::xon_xoff});
  EXPECT_TRUE(modes().c_iflag & IXOFF);
  EXPECT_FALSE(modes().c_iflag & IXON);
  EXPECT_EQ(port.settings().inbound_flow, FlowControl::xon_xoff);
  EXPECT_EQ(port.settings().flow_control, FlowControl::none);
  port.change({.baud = 9600, .flow_control = FlowControl::xon_xoff});
  EXPECT_TRUE((modes().c_iflag & IXON) && (modes().c_iflag & IXOFF));
  EXPECT_EQ(port.settings().inbound_flow, std::nullopt);
  port.change({.baud = 9600, .flow_control = FlowControl::xon_xoff, .inbound_flow = FlowControl::none});
  EXPECT_TRUE(modes().c_iflag & IXON);
  EXPECT_FALSE(modes().c_iflag & IXOFF);
}

TEST_F(SharedSerialPort, WhatIsChangedWhileItIsAwayIsThereWhenItReturns) {
  open();
  port.close();
  port.change({.baud = 19200});
  port.set_pins(Pin::low, std::nullopt);
  EXPECT_EQ(port.settings().baud, 19200U);
  EXPECT_EQ(port.dtr(), Pin::low);
  EXPECT_EQ(port.rts(), Pin::high) << "as a driver sets it";
  EXPECT_EQ(port.modem_lines(), std::nullopt);
  open();
  EXPECT_EQ(speed(), static_cast<speed_t>(B19200));
  EXPECT_NE(port.opened_as().find("at 19200 8N1"), std::string::npos);
  port.change({.baud = 9600});
  EXPECT_EQ(port.dtr(), Pin::low) << "settings are no pins";
}

TEST_F(SharedSerialPort, APtyHasNoLinesAndNoErrors) {
  open();
  EXPECT_EQ(port.modem_lines(), std::nullopt);
  EXPECT_EQ(port.errors(), std::nullopt);
  port.set_break(SerialPort::Break::on);
  port.set_break(SerialPort::Break::off);
  ASSERT_EQ(port.write(Bytes{1}).count, 1U);
  EXPECT_EQ(recorder.all(), "");
}

}  // namespace
}  // namespace serialtcp::io
