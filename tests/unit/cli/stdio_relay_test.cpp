// Bytes between pipes, which stand for standard input and output, and a socket, until one of them ends.
#include "cli/stdio_relay_posix.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <future>
#include <string>

#include "temporary_folder.h"

namespace serialtcp::cli {
namespace {

struct StdioRelay : testing::Test {
  StdioRelay() {
    std::signal(SIGPIPE, SIG_IGN);  // as the program does
    EXPECT_EQ(::pipe2(in_.data(), O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(out_.data(), O_CLOEXEC), 0);
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets_.data()), 0);
  }
  ~StdioRelay() override {
    for (int* const fd : {&in_[0], &in_[1], &out_[0], &sockets_[0]}) close(*fd);
  }

  void start(const std::string& first = {}) { start(in_[0], out_[1], first); }
  void start(int input, int output, const std::string& first) {
    end_ = std::async(std::launch::async, [input, output, socket = sockets_[1], first] {
      return relay(input, output, socket, first);
    });
  }

  static void close(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
  static void write(int fd, const std::string& text) {
    EXPECT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  static std::string read(int fd, std::size_t count) {
    std::string got;
    std::array<char, 4096> buffer{};
    ssize_t size = 1;
    while (got.size() < count && size > 0) {
      size = ::read(fd, buffer.data(), std::min(buffer.size(), count - got.size()));
      if (size > 0) got.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return got;
  }
  static std::string read_to_end(int fd) { return read(fd, SIZE_MAX); }

  std::array<int, 2> in_{};       ///< of the relay, of the test
  std::array<int, 2> out_{};      ///< of the test, of the relay, which closes it
  std::array<int, 2> sockets_{};  ///< the same
  std::future<RelayEnd> end_;
};

TEST_F(StdioRelay, EachDirectionEndsByItself) {
  start("first ");
  write(in_[1], "up");
  EXPECT_EQ(read(sockets_[0], 2), "up");
  close(in_[1]);
  EXPECT_EQ(read_to_end(sockets_[0]), "");
  write(sockets_[0], "down");
  ::shutdown(sockets_[0], SHUT_WR);
  EXPECT_EQ(read_to_end(out_[0]), "first down");
  EXPECT_EQ(end_.get(), RelayEnd::closed);
}

TEST_F(StdioRelay, TheEndOfTheSocketMayComeFirst) {
  start();
  ::shutdown(sockets_[0], SHUT_WR);
  EXPECT_EQ(read_to_end(out_[0]), "");
  write(in_[1], "still here");
  close(in_[1]);
  EXPECT_EQ(read_to_end(sockets_[0]), "still here");
  EXPECT_EQ(end_.get(), RelayEnd::closed);
}

TEST_F(StdioRelay, ASocketThatIsClosedEndsAllAndWhatItHasDeliveredIsWritten) {
  const std::string much(150'000, 'x');
  start();
  write(sockets_[0], much);
  close(sockets_[0]);
  EXPECT_EQ(read_to_end(out_[0]), much) << "more than a pipe holds";
  EXPECT_EQ(end_.get(), RelayEnd::closed) << "although the input is open";
}

TEST_F(StdioRelay, MuchInBothDirectionsAtOnce) {
  start();
  const std::string much(1'000'000, 'y');
  auto up = std::async(std::launch::async, [&] {
    write(in_[1], much);
    close(in_[1]);
  });
  auto down = std::async(std::launch::async, [&] {
    write(sockets_[0], much);
    ::shutdown(sockets_[0], SHUT_WR);
  });
  auto got = std::async(std::launch::async, [&] { return read_to_end(out_[0]); });
  EXPECT_TRUE(read_to_end(sockets_[0]) == much);
  EXPECT_TRUE(got.get() == much);
  EXPECT_EQ(end_.get(), RelayEnd::closed);
}

TEST_F(StdioRelay, WithoutAReaderItEnds) {
  start();
  close(out_[0]);
  EXPECT_EQ(end_.get(), RelayEnd::output_lost) << "also while there is nothing to write";
  EXPECT_EQ(read_to_end(sockets_[0]), "") << "and closes the socket";
}

TEST_F(StdioRelay, FilesAreInputAndOutput) {
  TemporaryFolder folder;
  const std::string text(100'000, 'z');
  const int source = ::open(folder.file("source").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const int sink = ::open(folder.file("sink").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  write(source, text);
  ::lseek(source, 0, SEEK_SET);
  start(source, ::dup(sink), "");
  EXPECT_EQ(read_to_end(sockets_[0]), text);
  write(sockets_[0], text);
  close(sockets_[0]);
  EXPECT_EQ(end_.get(), RelayEnd::closed);
  ::lseek(sink, 0, SEEK_SET);
  EXPECT_EQ(read_to_end(sink), text);
  ::close(source);
  ::close(sink);
  ::close(out_[1]);
}

TEST_F(StdioRelay, OneSocketCanBeBothAndGetsItsEnd) {
  std::array<int, 2> stdio{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stdio.data()), 0);
  start(stdio[1], ::dup(stdio[1]), "");
  write(sockets_[0], "bye");
  ::shutdown(sockets_[0], SHUT_WR);
  EXPECT_EQ(read_to_end(stdio[0]), "bye") << "the input is still open";
  write(stdio[0], "last");
  ::shutdown(stdio[0], SHUT_WR);
  EXPECT_EQ(read_to_end(sockets_[0]), "last");
  EXPECT_EQ(end_.get(), RelayEnd::closed);
  ::close(stdio[0]);
  ::close(stdio[1]);
  ::close(out_[1]);
}

}  // namespace
}  // namespace serialtcp::cli
