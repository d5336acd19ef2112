// An emulated cable on real ptys, in real time, and the programs at its ends.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <numeric>
#include <string>

#include "emulator/pty_cable.h"
#include "port/serial_modes.h"

namespace serialtcp::io {
namespace fs = std::filesystem;
using namespace std::chrono_literals;
using sim::End;

inline Bytes counting(std::size_t count) {
  Bytes bytes(count);
  std::iota(bytes.begin(), bytes.end(), Byte{0});
  return bytes;
}

/// A program that uses one of the devices.
class User {
 public:
  explicit User(const std::string& path)
      : fd_(::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)) {
    EXPECT_GE(fd_, 0) << path;
  }
  ~User() { close(); }
  User(const User&) = delete;
  User& operator=(const User&) = delete;

  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  void set(const SerialSettings& settings) {
    const auto before = save_modes(fd_);
    ASSERT_TRUE(before);
    ASSERT_TRUE(apply_modes(fd_, *before, settings));
  }

  std::size_t write_some(ByteView bytes) {
    const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }

  const Bytes& read_all() {
    std::array<Byte, 4096> buffer;
    for (ssize_t count; (count = ::read(fd_, buffer.data(), buffer.size())) > 0;) {
      heard_.insert(heard_.end(), buffer.begin(), buffer.begin() + count);
    }
    return heard_;
  }

  bool is_hung_up() {
    Byte byte = 0;
    const ssize_t count = ::read(fd_, &byte, 1);
    return count == 0 || (count < 0 && errno == EIO);
  }

  int fd() const { return fd_; }

 private:
  int fd_;
  Bytes heard_;
};

class PtyCableTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = (fs::temp_directory_path() / "serialtcp-cable-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    config_.a = folder + "/A";
    config_.b = folder + "/B";
  }

  void TearDown() override {
    cable_.reset();
    fs::remove_all(folder_);
  }

  std::expected<void, std::string> start() {
    cable_ = std::make_unique<PtyCable>(context_, config_);
    return cable_->start();
  }

  /// Runs the cable until the condition is fulfilled; false if that does not happen within a time that is
  /// certainly enough.
  bool until(const std::function<bool()>& condition) {
    const auto give_up = std::chrono::steady_clock::now() + 20s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > give_up) return false;
      context_.restart();
      context_.run_one_for(5ms);
    }
    return true;
  }

  void write_all(User& user, ByteView bytes) {
    ASSERT_TRUE(until([&] {
      bytes = bytes.subspan(user.write_some(bytes));
      return bytes.empty();
    }));
  }

  PtyCable& cable() { return *cable_; }

  asio::io_context context_{1};
  PtyCableConfig config_;
  std::unique_ptr<PtyCable> cable_;
  fs::path folder_;
};

}  // namespace serialtcp::io
