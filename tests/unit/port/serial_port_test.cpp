// The serial port, on a pty: settings, exclusive use, unplugging, and that everything is restored.
#include "port/serial_port.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>

#include <array>
#include <csignal>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "shell_fixture.h"

namespace serialtcp::io {
namespace {

/// Another process that has the port, locked as terminal programs do.
class OtherProgram {
 public:
  explicit OtherProgram(const std::string& path) {
    std::array<int, 2> ready{};
    EXPECT_EQ(::pipe(ready.data()), 0);
    child_ = ::fork();
    if (child_ == 0) {
      const int fd = ::open(path.c_str(), O_RDWR | O_NOCTTY);
      const char byte = ::flock(fd, LOCK_EX | LOCK_NB) == 0 ? 'y' : 'n';
      if (::write(ready[1], &byte, 1) == 1) ::pause();
      ::_exit(0);
    }
    char locked = 'n';
    EXPECT_EQ(::read(ready[0], &locked, 1), 1);
    EXPECT_EQ(locked, 'y');
    ::close(ready[0]);
    ::close(ready[1]);
  }
  ~OtherProgram() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  OtherProgram(const OtherProgram&) = delete;
  OtherProgram& operator=(const OtherProgram&) = delete;
  pid_t process() const { return child_; }

 private:
  pid_t child_ = -1;
};

struct SerialPortTest : testing::Test {
  std::string open(Line& line) {
    std::string result = "(not called)";
    line.open([this, &result](const std::expected<void, OpenError>& opened) {
      result = opened ? "" : opened.error().text;
      if (!opened) last_kind = opened.error().kind;
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
  std::optional<OpenError::Kind> last_kind;
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
  EXPECT_TRUE(modes.c_cflag & PARODD);  // a pty clears PARENB
  EXPECT_TRUE(modes.c_cflag & CSTOPB);
  EXPECT_TRUE(modes.c_cflag & CRTSCTS);
  EXPECT_FALSE(modes.c_iflag & (IXON | IXOFF | IGNPAR | ICRNL));
  EXPECT_FALSE(modes.c_lflag & (ECHO | ICANON | ISIG));
}

TEST_F(SerialPortTest, SetsAnotherSpeedWhileItIsOpenAndHasTheConfiguredOneWhenItIsOpenedAgain) {
  ASSERT_EQ(open(port), "");
  EXPECT_EQ(port.speed(), 115200U);
  Line::SpeedAnswer answer;
  port.set_speed(921600, [&](Line::SpeedAnswer told) { answer = std::move(told); });
  EXPECT_EQ(answer, Line::SpeedAnswer(921600U));
  EXPECT_EQ(port.speed(), 921600U);
  EXPECT_EQ(::cfgetospeed(std::array{modes_of(pty.path())}.data()), speed_t{B921600});
  EXPECT_FALSE(port.restore_settings());  // nobody else has changed it
  // One without a code of its own.
  port.set_speed(250000, [&](Line::SpeedAnswer told) { answer = std::move(told); });
  EXPECT_EQ(answer, Line::SpeedAnswer(250000U));
  port.close();
  EXPECT_EQ(port.speed(), 0U);
  ASSERT_EQ(open(port), "");
  EXPECT_EQ(port.speed(), 115200U);
}

TEST_F(SerialPortTest, HasSoftwareFlowControlAndWarnsOfIt) {
  SerialPort soft(context, pty.path(), {.flow_control = FlowControl::xon_xoff}, recorder);
  ASSERT_EQ(open(soft), "");
  const termios modes = modes_of(pty.path());
  EXPECT_TRUE(modes.c_iflag & IXON);
  EXPECT_TRUE(modes.c_iflag & IXOFF);
  EXPECT_FALSE(modes.c_iflag & IXANY);
  EXPECT_EQ(modes.c_cc[VSTART], 0x11);
  EXPECT_EQ(modes.c_cc[VSTOP], 0x13);
  ASSERT_EQ(recorder.texts.size(), 1U);
  EXPECT_NE(recorder.texts[0].find("bytes 11 and 13 hex"), std::string::npos) << recorder.texts[0];
  EXPECT_EQ(soft.restore_settings(), std::nullopt) << "these are the settings that were wanted";
  soft.close();
  EXPECT_FALSE(modes_of(pty.path()).c_iflag & IXOFF);
}

TEST_F(SerialPortTest, AnXoffThatNobodyLiftsDoesNotStopTheLineForEver) {
  SerialPort soft(context, pty.path(), {.flow_control = FlowControl::xon_xoff}, recorder);
  ASSERT_EQ(open(soft), "");
  const Bytes data{'a', 'b'};
  ASSERT_EQ(soft.write(data).count, 2U);
  const char xoff = 0x13;
  ASSERT_EQ(::write(pty.master(), &xoff, 1), 1);
  ASSERT_TRUE(run_until(context, [&] { return soft.write(data).count == 0; })) << "the driver has seen it";
  EXPECT_EQ(soft.restore_settings(), std::nullopt);
  EXPECT_EQ(soft.write(data).count, 2U);
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
  // Another descriptor keeps it open, so that the settings outlive us.
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
  std::optional<OtherProgram> other(pty.path());
  EXPECT_EQ(open(port),
            fmt::format("in use by another program, {} (unit_tests): end that program", other->process()));
  EXPECT_EQ(last_kind, OpenError::Kind::passing);
  other.reset();
  EXPECT_EQ(open(port), "");
}

TEST_F(SerialPortTest, ThatAnotherLinkOfThisProcessHasThePortDoesNotPass) {
  ASSERT_EQ(open(port), "");
  SerialPort second(context, pty.path(), {}, recorder);
  EXPECT_EQ(open(second),
            "another link or shared port of this program uses it: each needs a device of its own");
  EXPECT_EQ(last_kind, OpenError::Kind::unusable);
  port.close();
  EXPECT_EQ(open(second), "");
}

/// What another program does to the port.
void change_modes(const std::string& path, const std::function<void(termios&)>& change) {
  const int fd = ::open(path.c_str(), O_RDWR | O_NOCTTY);
  termios modes{};
  ASSERT_EQ(::tcgetattr(fd, &modes), 0);
  change(modes);
  ASSERT_EQ(::tcsetattr(fd, TCSANOW, &modes), 0);
  ::close(fd);
}

TEST_F(SerialPortTest, SetsAgainWhatAnotherProgramHasChangedAndSaysWhat) {
  ASSERT_EQ(open(port), "");
  EXPECT_EQ(port.restore_settings(), std::nullopt);
  const termios before = modes_of(pty.path());
  const std::vector<std::pair<std::function<void(termios&)>, std::string>> changes = {
      {[](termios& modes) { ::cfsetspeed(&modes, B9600); }, "speed 9600 instead of 115200"},
      {[](termios& modes) { modes.c_cflag |= CSTOPB; }, "other stop bits"},
      {[](termios& modes) { modes.c_cflag |= CRTSCTS; }, "RTS/CTS on"},
      {[](termios& modes) { modes.c_cflag &= ~static_cast<tcflag_t>(CLOCAL); }, "modem lines obeyed"},
      {[](termios& modes) { modes.c_iflag |= IXON; }, "XON/XOFF on"},
      {[](termios& modes) { modes.c_iflag |= ICRNL; }, "input is converted"},
      {[](termios& modes) { modes.c_oflag |= OPOST; }, "output is converted"},
      {[](termios& modes) { modes.c_lflag |= ECHO | ICANON; }, "echo on, lines instead of bytes"},
      {[](termios& modes) { modes.c_cc[VMIN] = 0; }, "VMIN 0 and VTIME 0 instead of 1 and 0"},
  };
  for (const auto& [change, told] : changes) {
    change_modes(pty.path(), change);
    const auto text = port.restore_settings();
    ASSERT_TRUE(text) << told;
    EXPECT_NE(text->find(told + "; they are set again"), std::string::npos) << *text;
    EXPECT_EQ(port.restore_settings(), std::nullopt);
    const termios after = modes_of(pty.path());
    EXPECT_EQ(after.c_iflag, before.c_iflag);
    EXPECT_EQ(after.c_oflag, before.c_oflag);
    EXPECT_EQ(after.c_cflag, before.c_cflag);
    EXPECT_EQ(after.c_lflag, before.c_lflag);
    EXPECT_EQ(after.c_cc[VMIN], before.c_cc[VMIN]);
  }
}

TEST_F(SerialPortTest, ADeviceThatChoseAnotherSpeedIsAsItShouldBe) {
  SerialPort odd(context, pty.path(), {.baud = 250'000, .parity = Parity::even}, recorder);
  ASSERT_EQ(open(odd), "");
  EXPECT_EQ(odd.restore_settings(), std::nullopt) << "what counts is what the driver made of it";
}

TEST_F(SerialPortTest, AnEndThatIsOnlyAnotherModeIsNoEnd) {
  ASSERT_EQ(open(port), "");
  change_modes(pty.path(), [](termios& modes) { modes.c_lflag |= ICANON; });
  ASSERT_EQ(::write(pty.master(), "\x04", 1), 1);  // the end of a file, for a terminal
  Bytes buffer(10);
  EXPECT_TRUE(run_until(context, [&] {
    EXPECT_NE(port.read(buffer).status, LineStatus::gone);
    return recorder.has("another program has changed the settings");
  }));
  ASSERT_EQ(::write(pty.master(), "x", 1), 1);
  EXPECT_TRUE(run_until(context, [&] { return port.read(buffer).count == 1; }));
  EXPECT_EQ(buffer[0], 'x');
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
  // The kernel moves bytes asynchronously for a while, and then there is space again: it is full when it
  // stays full.
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
