// A pty as its master sees it: waiting for room, also where the kernel does not wake the one who waits.
#include "port/pty_device.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <string>

namespace serialtcp::io {
namespace {

using namespace std::chrono_literals;

class PtyDeviceTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto plugged = device_.plug();
    ASSERT_TRUE(plugged) << plugged.error();
    slave_ = ::open(device_.slave_name().c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK);
    ASSERT_GE(slave_, 0);
  }
  void TearDown() override { ::close(slave_); }

  void fill() {
    const Bytes bytes(4096, 'x');
    while (device_.write(bytes) > 0) {
    }
  }
  bool runs_until(const bool& done) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!done && std::chrono::steady_clock::now() < end) {
      context_.restart();
      context_.run_one_for(100ms);
    }
    return done;
  }

  asio::io_context context_;
  PtyDevice device_{context_, "/tmp/serialtcp-pty-test-" + std::to_string(::getpid())};
  int slave_ = -1;
};

TEST_F(PtyDeviceTest, HasRoomAgainWhenItsHolderHasRead) {
  fill();
  bool room = false;
  device_.when_writable([&room] { room = true; });
  Bytes bytes(4096);
  while (::read(slave_, bytes.data(), bytes.size()) > 0) {
  }
  EXPECT_TRUE(runs_until(room));
  EXPECT_GT(device_.write(bytes), 0U);
}

TEST_F(PtyDeviceTest, HasRoomAgainWhenItsHolderHasDroppedItsInput) {
  fill();
  bool room = false;
  device_.when_writable([&room] { room = true; });
  // What the kernel still had for it comes after that, and is dropped, too.
  for (int times = 0; times < 40; ++times) {
    ::tcflush(slave_, TCIFLUSH);
    context_.restart();
    context_.run_for(2ms);
  }
  EXPECT_TRUE(runs_until(room));
  EXPECT_GT(device_.write(Bytes(1, 'x')), 0U);
}

TEST_F(PtyDeviceTest, OfTwoWaitsTheSecondOneCountsAndNoneAfterItWasUnplugged) {
  fill();
  bool first = false;
  bool second = false;
  device_.when_writable([&first] { first = true; });
  device_.when_writable([&second] { second = true; });
  ::tcflush(slave_, TCIFLUSH);
  EXPECT_TRUE(runs_until(second));
  EXPECT_FALSE(first);
  device_.when_writable([&first] { first = true; });
  device_.unplug();
  context_.restart();
  context_.run_for(120ms);
  EXPECT_FALSE(first);
}

}  // namespace
}  // namespace serialtcp::io
