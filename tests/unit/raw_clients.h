// Clients of a server that runs in the same loop: plain sockets, which can be slow, mute and many.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "os/asio.h"
#include "shell_fixture.h"

namespace serialtcp::io {

class RawClients : public testing::Test {
 protected:
  struct Heard {
    std::string text;
    bool end = false;
  };

  ~RawClients() override {
    for (const int fd : clients_) ::close(fd);
  }

  int connect_to(const StreamEndpoint& at, int receive_buffer = 0) {
    const int fd = ::socket(at.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer > 0) {
      EXPECT_EQ(::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer), 0);
    }
    EXPECT_EQ(::connect(fd, at.data(), static_cast<socklen_t>(at.size())), 0);
    EXPECT_EQ(::fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    clients_.push_back(fd);
    return fd;
  }

  static void say(int fd, std::string_view text) {
    EXPECT_EQ(::send(fd, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }

  static void hear(int fd, Heard& heard) {
    std::array<char, 4096> buffer{};
    const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (count > 0) heard.text.append(buffer.data(), static_cast<std::size_t>(count));
    heard.end = heard.end || count == 0 || (count < 0 && errno != EAGAIN);
  }

  Heard until(int fd, const std::function<bool(const Heard&)>& enough) {
    Heard heard;
    EXPECT_TRUE(run_until(context_, [&] {
      hear(fd, heard);
      return enough(heard);
    }));
    return heard;
  }

  asio::io_context context_;
  std::vector<int> clients_;  ///< in the order in which they were connected
};

}  // namespace serialtcp::io
