// A pty that is served: what programs do with it is reported, and in which order.
#include "port/served_terminal.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "port/serial_modes.h"
#include "shell_fixture.h"
#include "temporary_folder.h"

namespace serialtcp::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string problem_of(const std::expected<void, std::string>& done) {
  return done ? "" : done.error();
}

/// A program that has it open.
class Program {
 public:
  explicit Program(const std::string& path) : fd_(::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK)) {
    EXPECT_GE(fd_, 0) << path;
  }
  ~Program() { close(); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  int fd() const { return fd_; }
  void write(std::string_view text) const {
    EXPECT_EQ(::write(fd_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  std::string read() const {
    std::string text(1000, '\0');
    const ssize_t count = ::read(fd_, text.data(), text.size());
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
  }
  /// As most programs do: what was there before is not kept.
  void set(const SerialSettings& settings) const {
    const auto before = save_modes(fd_);
    ASSERT_TRUE(before);
    ASSERT_TRUE(apply_modes(fd_, *before, settings));
  }
  bool is_watched() const {
    termios modes{};
    return ::tcgetattr(fd_, &modes) == 0 && (modes.c_lflag & EXTPROC) != 0;
  }

 private:
  int fd_;
};

struct ServedTerminalTest : testing::Test, ServedTerminal::User {
  void SetUp() override {
    ASSERT_EQ(problem_of(terminal.start()), "");
    listen();
  }
  void listen() {
    terminal.when_readable([this] {
      Bytes into(100);
      while (const std::size_t count = terminal.read(into)) {
        const std::string text(into.begin(), into.begin() + static_cast<std::ptrdiff_t>(count));
        if (!seen.empty() && seen.back().starts_with("read ")) {
          seen.back() += text;
        } else {
          seen.push_back("read " + text);
        }
      }
      listen();
    });
  }
  void terminal_opened() override { seen.emplace_back("opened"); }
  void terminal_closed() override { seen.emplace_back("closed"); }
  void terminal_set(const SerialSettings& settings) override {
    seen.push_back(fmt::format("set {}", settings.baud));
    last = settings;
  }
  void terminal_dropped() override { seen.emplace_back("dropped"); }

  bool sees(const std::string& what) {
    return run_until(context, [&] { return std::ranges::find(seen, what) != seen.end(); });
  }
  bool sees_last(const std::string& what) {
    return run_until(context, [&] { return !seen.empty() && seen.back() == what; });
  }

  asio::io_context context;
  TemporaryFolder folder;
  std::string path = folder.file("port");
  std::vector<std::string> seen;
  SerialSettings last;
  ServedTerminal terminal{context, path,
                          SerialSettings{.baud = 19200, .data_bits = 7, .parity = Parity::even}, *this};
};

TEST_F(ServedTerminalTest, BytesGoBothWaysWhileAProgramHasItOpen) {
  EXPECT_EQ(terminal.write(Bytes{'x'}), 0U) << "nobody is there";
  Program program(path);
  program.write("AT\r");
  ASSERT_TRUE(sees("read AT\r"));
  EXPECT_EQ(terminal.write(Bytes{'O', 'K', 0, 0xFF}), 4U);
  EXPECT_EQ(program.read(), std::string("OK\0\xFF", 4));
  program.close();
  ASSERT_TRUE(sees("closed"));
  EXPECT_THAT(seen, ElementsAre("opened", "read AT\r", "closed"));
}

TEST_F(ServedTerminalTest, AProgramThatOnlyOpensItIsNoticed) {
  Program program(path);
  EXPECT_TRUE(sees("opened"));
  EXPECT_TRUE(terminal.is_open());
  program.close();
  EXPECT_TRUE(sees("closed"));
  EXPECT_FALSE(terminal.is_open());
}

TEST_F(ServedTerminalTest, WhatAProgramWroteThatHasClosedItAlreadyIsRead) {
  for (int round = 1; round <= 3; ++round) {
    {
      Program program(path);
      program.write("once");
    }
    ASSERT_TRUE(sees("closed"));
    EXPECT_THAT(seen, ElementsAre("opened", "read once", "closed")) << round;
    seen.clear();
  }
}

TEST_F(ServedTerminalTest, ManyBytesOfAProgramThatHasLeftAreReadBeforeItIsClosed) {
  const std::string much(3000, 'm');
  {
    Program program(path);
    program.write(much);
  }
  ASSERT_TRUE(sees("closed"));
  EXPECT_THAT(seen, ElementsAre("opened", "read " + much, "closed"));
}

TEST_F(ServedTerminalTest, TheNextProgramDoesNotGetWhatTheLastOneHasNotRead) {
  {
    Program program(path);
    ASSERT_TRUE(sees("opened"));
    ASSERT_EQ(terminal.write(Bytes{'o', 'l', 'd'}), 3U);
  }
  ASSERT_TRUE(sees("closed"));
  seen.clear();
  const Program next(path);
  ASSERT_TRUE(sees("opened"));
  ASSERT_EQ(terminal.write(Bytes{'n', 'e', 'w'}), 3U);
  EXPECT_EQ(next.read(), "new");
}

TEST_F(ServedTerminalTest, SettingsAreReportedEachTimeAProgramChangesThem) {
  Program program(path);
  ASSERT_TRUE(sees("opened"));
  EXPECT_EQ(settings_in_force(program.fd())->baud, 19200U);
  for (const std::uint32_t baud : {9600U, 115200U, 250000U}) {
    program.set({.baud = baud, .stop_bits = StopBits::two, .flow_control = FlowControl::rts_cts});
    ASSERT_TRUE(sees(fmt::format("set {}", baud)));
    EXPECT_EQ(last.stop_bits, StopBits::two);
    EXPECT_EQ(last.flow_control, FlowControl::rts_cts);
    EXPECT_EQ(last.data_bits, 7) << "a pty does not keep it";
    EXPECT_TRUE(run_until(context, [&] { return program.is_watched(); })) << "it was cleared by the program";
  }
  program.close();
  ASSERT_TRUE(sees("closed"));
  seen.clear();
  const Program next(path);
  next.set({.baud = 300});
  ASSERT_TRUE(sees("set 300")) << "also after it was opened again";
}

TEST_F(ServedTerminalTest, SettingsOfAProgramThatDoesNotStayCountToo) {
  {
    const Program program(path);
    program.set({.baud = 1200});
  }
  ASSERT_TRUE(sees("set 1200"));
  EXPECT_EQ(terminal.settings().baud, 1200U);
}

TEST_F(ServedTerminalTest, ParityIsReportedAsFarAsThePtyKeepsIt) {
  const Program program(path);
  program.set({.baud = 300, .parity = Parity::even});
  ASSERT_TRUE(sees("set 300"));
  EXPECT_EQ(last.parity, Parity::even) << "as it was to begin with";
  program.set({.baud = 600, .parity = Parity::odd});
  ASSERT_TRUE(sees("set 600"));
  EXPECT_EQ(last.parity, Parity::odd);
  program.set({.baud = 1200, .parity = Parity::mark});
  ASSERT_TRUE(sees("set 1200"));
  EXPECT_EQ(last.parity, Parity::mark);
}

TEST_F(ServedTerminalTest, SettingsThatWereMadeElsewhereAreShownAndNotReported) {
  const Program program(path);
  ASSERT_TRUE(sees("opened"));
  terminal.show({.baud = 57600, .parity = Parity::odd, .flow_control = FlowControl::rts_cts});
  const auto found = settings_in_force(program.fd());
  EXPECT_EQ(found->baud, 57600U);
  EXPECT_EQ(found->flow_control, FlowControl::rts_cts);
  program.write("end");
  ASSERT_TRUE(sees("read end"));
  EXPECT_THAT(seen, ElementsAre("opened", "read end"));
  program.set({.baud = 19200});
  EXPECT_TRUE(sees("set 19200")) << "as it was to begin with";
}

TEST_F(ServedTerminalTest, TheSameSettingsAgainAreNotReported) {
  const Program program(path);
  ASSERT_TRUE(sees("opened"));
  program.set({.baud = 19200});
  program.set({.baud = 19200});
  program.write("end");
  ASSERT_TRUE(sees("read end"));
  EXPECT_THAT(seen, ElementsAre("opened", "read end"));
}

TEST_F(ServedTerminalTest, SettingsArriveWhileNobodyReads) {
  terminal.when_readable([] {});  // and not again
  const Program program(path);
  program.write("not read");
  program.set({.baud = 2400});
  ASSERT_TRUE(sees("set 2400"));
}

TEST_F(ServedTerminalTest, DroppedInputIsReported) {
  const Program program(path);
  ASSERT_TRUE(sees("opened"));
  run_ready(context);
  ::tcflush(program.fd(), TCIFLUSH);
  ASSERT_TRUE(sees("dropped"));
}

TEST_F(ServedTerminalTest, AProgramThatDoesNotReadIsNotWaitedFor) {
  const Program program(path);
  ASSERT_TRUE(sees("opened"));
  const Bytes piece(1000, 'p');
  std::size_t accepted = 0;
  while (const std::size_t count = terminal.write(piece)) {
    accepted += count;
    ASSERT_LT(accepted, 1'000'000U);
    run_ready(context);
  }
  bool writable = false;
  terminal.when_writable([&writable] { writable = true; });
  std::size_t read = 0;
  ASSERT_TRUE(run_until(context,
                        [&] {
                          read += program.read().size();
                          return writable && read == accepted;
                        }))
      << read << " of " << accepted;
}

TEST_F(ServedTerminalTest, TheLinkIsRemovedAtTheEnd) {
  const Program program(path);
  ASSERT_TRUE(sees("opened"));
  EXPECT_TRUE(std::filesystem::is_symlink(path));
  terminal.stop();
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(path)));
  char byte = 0;
  EXPECT_LE(::read(program.fd(), &byte, 1), 0) << "gone for a program that has it open";
  ASSERT_EQ(problem_of(terminal.start()), "");
  seen.clear();
  const Program next(path);
  EXPECT_TRUE(sees_last("opened"));
}

TEST_F(ServedTerminalTest, APathThatIsTakenIsLeftAlone) {
  ServedTerminal second(context, path, {}, *this);
  EXPECT_THAT(problem_of(second.start()), HasSubstr("belongs to another serialtcp that is running"));
}

TEST(ServedTerminalUsers, MayDestroyItWhenTheyAreCalled) {
  struct Once final : ServedTerminal::User {
    void terminal_opened() override { end(); }
    void terminal_closed() override { end(); }
    void terminal_set(const SerialSettings&) override { end(); }
    void terminal_dropped() override { end(); }
    void end() {
      terminal.reset();
      ++calls;
    }
    std::unique_ptr<ServedTerminal> terminal;
    int calls = 0;
  };
  asio::io_context context;
  const TemporaryFolder folder;
  const std::string path = folder.file("port");
  Once user;
  user.terminal = std::make_unique<ServedTerminal>(context, path, SerialSettings{}, user);
  ASSERT_EQ(problem_of(user.terminal->start()), "");
  const Program program(path);
  program.set({.baud = 300});
  program.write("x");
  ASSERT_TRUE(run_until(context, [&] { return user.calls > 0; }));
  run_ready(context);
  EXPECT_EQ(user.calls, 1);
}

}  // namespace
}  // namespace serialtcp::io
