// The serial port, on a pty: settings, exclusiveness, unplugging, and that everything is put back.
#include "io/serial_port.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <termios.h>

#include "shell_fixture.h"

namespace serialtcp::io {
namespace {

struct SerialPortTest : testing::Test {
  std::string open(Line& line) {
    std::string result = "(not called)";
    line.open([&result](const std::expected<void, OpenError>& opened) {
      result = opened ? "" : opened.error().text;
    });
    return result;
  }

  termios modes_of(const std::string& path) {
    termios modes{};
    const int fd = ::open(path.c_str(), O_RDWR | O_NOCTTY);
    EXPECT_EQ(::tcgetattr(fd, &modes), 0);
    ::close(fd);
    return modes;
  }

  asio::io_context context;
  Recorder recorder;
  Pty pty;
  SerialPort port{context, pty.path(), SerialSettings{}, recorder};
};

TEST_F(SerialPortTest, CarriesAllByteValuesBothWays) {
  ASSERT_EQ(open(port), "");
  Bytes all(256);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<Byte>(i);

  ASSERT_EQ(port.write(all).count, all.size());
  Bytes out(300);
  ASSERT_EQ(::read(pty.master(), out.data(), out.size()), 256);
  out.resize(256);
  EXPECT_EQ(out, all);

  ASSERT_EQ(::write(pty.master(), all.data(), all.size()), 256);
  Bytes in;
  Bytes buffer(300);
  ASSERT_TRUE(run_until(context, [&] {
    const LineResult result = port.read(buffer);
    in.insert(in.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(result.count));
    return in.size() >= all.size();
  }));
  EXPECT_EQ(in, all);
}

TEST_F(SerialPortTest, SetsSpeedParityAndStopBits) {
  SerialPort odd(
      context, pty.path(),
      {.baud = 9600, .parity = Parity::odd, .stop_bits = StopBits::two, .flow_control = FlowControl::rts_cts},
      recorder);
  ASSERT_EQ(open(odd), "");
  const termios modes = modes_of(pty.path());
  EXPECT_EQ(modes.c_cflag & CSIZE, static_cast<tcflag_t>(CS8));
  EXPECT_TRUE(modes.c_cflag & PARODD);  // a pty takes PARENB back
  EXPECT_TRUE(modes.c_cflag & CSTOPB);
  EXPECT_TRUE(modes.c_cflag & CRTSCTS);
  EXPECT_FALSE(modes.c_iflag & (IXON | IXOFF | IGNPAR | ICRNL));
  EXPECT_FALSE(modes.c_lflag & (ECHO | ICANON | ISIG));
}

TEST_F(SerialPortTest, TakesAnyBaudRate) {
  for (const std::uint32_t baud : {50U, 74880U, 115200U, 250000U, 3000000U}) {
    SerialPort any(context, pty.path(), {.baud = baud}, recorder);
    ASSERT_EQ(open(any), "") << baud;
  }
  EXPECT_EQ(recorder.all(), "") << "no warning about another speed";
}

TEST_F(SerialPortTest, PutsTheSettingsBack) {
  const termios before = modes_of(pty.path());
  // Somebody keeps it open, so that the settings outlive us.
  const int keeper = ::open(pty.path().c_str(), O_RDWR | O_NOCTTY);
  ASSERT_EQ(open(port), "");
  EXPECT_NE(modes_of(pty.path()).c_lflag, before.c_lflag);
  port.close();
  const termios after = modes_of(pty.path());
  EXPECT_EQ(after.c_iflag, before.c_iflag);
  EXPECT_EQ(after.c_oflag, before.c_oflag);
  EXPECT_EQ(after.c_cflag, before.c_cflag);
  EXPECT_EQ(after.c_lflag, before.c_lflag);
  EXPECT_EQ(after.c_ospeed, before.c_ospeed);
  ::close(keeper);
}

TEST_F(SerialPortTest, RefusesAPortThatIsInUse) {
  ASSERT_EQ(open(port), "");
  SerialPort second(context, pty.path(), {}, recorder);
  EXPECT_EQ(open(second), "in use by another program: end that one first (fuser -v shows which one it is)");
  port.close();
  EXPECT_EQ(open(second), "");
}

TEST_F(SerialPortTest, LeavesAPortInUseAsItIs) {
  const int other = ::open(pty.path().c_str(), O_RDWR | O_NOCTTY);
  ASSERT_EQ(::flock(other, LOCK_EX | LOCK_NB), 0);
  const tcflag_t before = modes_of(pty.path()).c_lflag;
  EXPECT_NE(open(port), "");
  EXPECT_EQ(modes_of(pty.path()).c_lflag, before);
  ::close(other);
}

TEST_F(SerialPortTest, SaysWhatIsWrongWithADevice) {
  const auto opening = [this](const std::string& path) {
    SerialPort wrong(context, path, {}, recorder);
    return open(wrong);
  };
  EXPECT_EQ(opening("/dev/no-such-device"), "no such device: is it plugged in?");
  EXPECT_EQ(opening("/dev"), "it is a directory, not a serial port");
  EXPECT_EQ(opening("/dev/null"), "it is not a serial port");
  EXPECT_EQ(opening("/etc/hostname"), "it is not a serial port");
}

TEST_F(SerialPortTest, IgnoresPinsOnADeviceWithoutThem) {
  SerialPort pins(context, pty.path(), {.rts = Pin::low, .dtr = Pin::high}, recorder);
  EXPECT_EQ(open(pins), "");
  EXPECT_EQ(recorder.all(), "");
}

TEST_F(SerialPortTest, DropsWhatCameBeforeItWasOpened) {
  const int keeper = ::open(pty.path().c_str(), O_RDWR | O_NOCTTY);
  ASSERT_EQ(::write(pty.master(), "old\n", 4), 4);
  ASSERT_EQ(open(port), "");
  Bytes buffer(16);
  EXPECT_EQ(port.read(buffer).status, LineStatus::would_block);
  ::close(keeper);
}

TEST_F(SerialPortTest, ReportsAFullQueueAndThenRoom) {
  ASSERT_EQ(open(port), "");
  const Bytes bytes(4096, 'x');
  LineResult result;
  // The kernel moves bytes on behind our back for a while, and then there is room again: full is what stays
  // full.
  for (int still_full = 0; still_full < 20; ++still_full) {
    while ((result = port.write(bytes)).status == LineStatus::ok) still_full = 0;
    ASSERT_EQ(result.status, LineStatus::would_block);
    ::usleep(1000);
  }

  bool writable = false;
  port.when_writable([&writable] { writable = true; });
  run_ready(context);
  EXPECT_FALSE(writable);
  Bytes sink(64 * 1024);
  while (::read(pty.master(), sink.data(), sink.size()) > 0) continue;
  EXPECT_TRUE(run_until(context, [&] { return writable; }));
  EXPECT_EQ(port.write(bytes).status, LineStatus::ok);
}

TEST_F(SerialPortTest, NoticesThatItWasUnplugged) {
  ASSERT_EQ(open(port), "");
  bool readable = false;
  port.when_readable([&readable] { readable = true; });
  pty.unplug();
  ASSERT_TRUE(run_until(context, [&] { return readable; }));
  Bytes buffer(16);
  EXPECT_EQ(port.read(buffer).status, LineStatus::gone);
  EXPECT_EQ(port.write(buffer).status, LineStatus::gone);
  EXPECT_EQ(port.write(buffer).reason, "it was unplugged");
}

TEST_F(SerialPortTest, CallsNoHandlerAfterClose) {
  ASSERT_EQ(open(port), "");
  bool called = false;
  port.when_readable([&called] { called = true; });
  ASSERT_EQ(::write(pty.master(), "x", 1), 1);
  port.close();
  ASSERT_EQ(open(port), "");
  run_ready(context);
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace serialtcp::io
