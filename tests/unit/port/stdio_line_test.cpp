// Standard input and output as a line: terminals, pipes and sockets in their place.
#include "port/stdio_line.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>

#include "shell_fixture.h"
#include "temporary_folder.h"

namespace serialtcp::io {
namespace {

std::string open(Line& line) {
  std::string problem = "(not called)";
  line.open([&problem](const std::expected<void, OpenError>& opened) {
    problem = opened ? "" : opened.error().text;
  });
  return problem;
}

std::string read(Line& line) {
  Bytes buffer(100);
  const LineResult result = line.read(buffer);
  if (result.status == LineStatus::ended) return "ended: " + result.reason;
  return {buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(result.count)};
}

Bytes text(std::string_view from) {
  return {from.begin(), from.end()};
}

bool same_modes(const termios& one, const termios& other) {
  return one.c_iflag == other.c_iflag && one.c_oflag == other.c_oflag && one.c_cflag == other.c_cflag &&
         one.c_lflag == other.c_lflag && std::memcmp(one.c_cc, other.c_cc, sizeof one.c_cc) == 0;
}

TEST(StdioLine, CarriesBytesThroughPipesAndLeavesThemAsTheyWere) {
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  ASSERT_EQ(::pipe(in.data()), 0);
  ASSERT_EQ(::pipe(out.data()), 0);
  asio::io_context context;
  StdioLine line(context, "-", in[0], out[1]);
  ASSERT_EQ(open(line), "");
  EXPECT_EQ(read(line), "") << "it does not wait";
  ASSERT_EQ(::write(in[1], "there", 5), 5);
  EXPECT_EQ(read(line), "there");
  EXPECT_EQ(line.write(text("back")).count, 4U);
  std::array<char, 10> got{};
  EXPECT_EQ(::read(out[0], got.data(), got.size()), 4);
  line.close();
  for (const int fd : {in[0], out[1]}) EXPECT_EQ(::fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  for (const int fd : {in[0], in[1], out[0], out[1]}) ::close(fd);
}

TEST(StdioLine, TheEndOfTheInputIsTheEndOfTheLine) {
  std::array<int, 2> sockets{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets.data()), 0);
  asio::io_context context;
  StdioLine line(context, "-", sockets[0], sockets[0]);
  ASSERT_EQ(open(line), "");
  ASSERT_EQ(::write(sockets[1], "last", 4), 4);
  ::close(sockets[1]);
  bool readable = false;
  line.when_readable([&readable] { readable = true; });
  ASSERT_TRUE(run_until(context, [&] { return readable; }));
  EXPECT_EQ(read(line), "last");
  EXPECT_TRUE(read(line).starts_with("ended: standard input has ended"));
  const LineResult put = line.write(text("x"));
  EXPECT_EQ(put.status, LineStatus::ended);
  EXPECT_TRUE(put.reason.starts_with("nothing can be written to standard output any more")) << put.reason;
  line.close();
  ::close(sockets[0]);
}

TEST(StdioLine, ATerminalIsRawWhileItIsOpen) {
  Pty pty;
  const int slave = ::open(pty.path().c_str(), O_RDWR | O_NOCTTY);
  ASSERT_GE(slave, 0);
  termios cooked{};
  ASSERT_EQ(::tcgetattr(slave, &cooked), 0);
  cooked.c_iflag |= ICRNL | IXON | ISTRIP | IXOFF;
  cooked.c_lflag |= ECHO | ICANON | ISIG;
  cooked.c_oflag |= OPOST | ONLCR;
  ASSERT_EQ(::tcsetattr(slave, TCSANOW, &cooked), 0);
  ASSERT_EQ(::tcgetattr(slave, &cooked), 0);

  asio::io_context context;
  StdioLine line(context, "-", slave, slave);
  ASSERT_EQ(open(line), "");
  EXPECT_EQ(line.opened_as(), "as a raw terminal: Ctrl-C and the like are data");
  Bytes all;
  for (int value = 0; value < 256; ++value) all.push_back(static_cast<Byte>(value));
  ASSERT_EQ(::write(pty.master(), all.data(), all.size()), 256);
  Bytes got(300);
  EXPECT_EQ(line.read(got).count, 256U);
  got.resize(256);
  EXPECT_EQ(got, all);
  ASSERT_EQ(line.write(all).count, 256U);
  Bytes back(300);
  EXPECT_EQ(::read(pty.master(), back.data(), back.size()), 256);
  EXPECT_EQ(::fcntl(slave, F_GETFL) & O_NONBLOCK, 0) << "others that have it open are not affected";

  EXPECT_EQ(line.restore_settings(), std::nullopt);
  ASSERT_EQ(::tcsetattr(slave, TCSANOW, &cooked), 0);
  EXPECT_NE(line.restore_settings(), std::nullopt);
  EXPECT_EQ(line.restore_settings(), std::nullopt) << "it is raw again";

  line.close();
  termios after{};
  ASSERT_EQ(::tcgetattr(slave, &after), 0);
  EXPECT_TRUE(same_modes(after, cooked));
  ::close(slave);
}

TEST(StdioLine, ATerminalIsPutBackWhenTheProcessCrashes) {
  Pty pty;
  const int slave = ::open(pty.path().c_str(), O_RDWR | O_NOCTTY);
  ASSERT_GE(slave, 0);
  termios before{};
  ASSERT_EQ(::tcgetattr(slave, &before), 0);
  for (const int number : {SIGABRT, SIGQUIT}) {
    EXPECT_EXIT(
        {
          std::signal(number, SIG_DFL);
          asio::io_context context;
          StdioLine line(context, "-", slave, slave);
          open(line);
          termios now{};
          ::tcgetattr(slave, &now);
          if (same_modes(now, before)) std::_Exit(1);
          ::raise(number);
        },
        testing::KilledBySignal(number), "");
    termios after{};
    ASSERT_EQ(::tcgetattr(slave, &after), 0);
    EXPECT_TRUE(same_modes(after, before)) << number;
  }
  ::close(slave);
}

TEST(StdioLine, TheControllingSideOfAPtyIsUsedItself) {
  Pty pty;
  const int slave = ::open(pty.path().c_str(), O_RDWR | O_NOCTTY);
  asio::io_context context;
  StdioLine line(context, "-", pty.master(), pty.master());
  ASSERT_EQ(open(line), "");
  EXPECT_EQ(line.write(text("there")).count, 5U);
  std::array<char, 10> got{};
  EXPECT_EQ(::read(slave, got.data(), got.size()), 5) << "not another pty, which its name would open";
  ::close(slave);
}

TEST(StdioLine, SaysWhatCannotBeALine) {
  TemporaryFolder folder;
  const int file = ::open(folder.file("x").c_str(), O_RDWR | O_CREAT, 0600);
  const int null = ::open("/dev/null", O_RDWR);
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  asio::io_context context;
  const auto problem = [&](int in, int out) {
    StdioLine line(context, "-", in, out);
    return open(line);
  };
  EXPECT_EQ(problem(file, pipe[1]), "standard input is a file: it has to be a terminal, a pipe or a socket");
  EXPECT_EQ(problem(pipe[0], file), "standard output is a file: it has to be a terminal, a pipe or a socket");
  EXPECT_EQ(problem(null, pipe[1]),
            "standard input is /dev/null or closed: it has to be a terminal, a pipe or a socket");
  for (const int fd : {file, null, pipe[0], pipe[1]}) ::close(fd);
}

}  // namespace
}  // namespace serialtcp::io
