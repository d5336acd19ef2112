// What a service manager receives, by real sockets.
#include "os/service_manager.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include "temporary_folder.h"

namespace serialtcp::io {
namespace {

using namespace std::chrono_literals;
using Loss = ServiceManager::Loss;

/// A socket as systemd has it; "@name" is abstract.
class Receiver {
 public:
  explicit Receiver(const std::string& name) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(name, address.sun_path);
    socklen_t size = sizeof address;
    if (name.starts_with('@')) {
      address.sun_path[0] = 0;
      size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    }
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
  }
  ~Receiver() { ::close(fd_); }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  /// Empty: nothing has arrived.
  std::string next() const {
    std::array<char, 4096> room;
    const ssize_t count = ::recv(fd_, room.data(), room.size(), 0);
    return count < 0 ? "" : std::string(room.data(), static_cast<std::size_t>(count));
  }

 private:
  int fd_;
};

struct ServiceManagerTest : testing::Test {
  ~ServiceManagerTest() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }
  static void set(const char* name, const std::string& value) { ::setenv(name, value.c_str(), 1); }

  TemporaryFolder folder;
  std::string path = folder.file("notify");
};

TEST_F(ServiceManagerTest, MessagesArriveAtAPath) {
  const Receiver receiver(path);
  set("NOTIFY_SOCKET", path);
  ServiceManager manager;
  ASSERT_TRUE(manager.present());
  EXPECT_TRUE(manager.send("READY=1", Loss::not_allowed));
  EXPECT_EQ(receiver.next(), "READY=1");
  EXPECT_EQ(manager.take_problem(), std::nullopt);
}

TEST_F(ServiceManagerTest, MessagesArriveAtAnAbstractName) {
  const std::string name = fmt::format("@serialtcp-unit-{}", ::getpid());
  const Receiver receiver(name);
  set("NOTIFY_SOCKET", name);
  ServiceManager manager;
  manager.send("STOPPING=1", Loss::not_allowed);
  EXPECT_EQ(receiver.next(), "STOPPING=1");
}

TEST_F(ServiceManagerTest, TheVariablesAreNotInherited) {
  set("NOTIFY_SOCKET", path);
  set("WATCHDOG_USEC", "1000000");
  set("WATCHDOG_PID", fmt::format("{}", ::getpid()));
  const ServiceManager manager;
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
    EXPECT_EQ(std::getenv(name), nullptr);
}

TEST_F(ServiceManagerTest, WithoutTheVariableThereIsNone) {
  ServiceManager manager;
  EXPECT_FALSE(manager.present());
  EXPECT_FALSE(manager.send("READY=1", Loss::not_allowed));
  EXPECT_EQ(manager.take_problem(), std::nullopt);
}

TEST_F(ServiceManagerTest, WhatIsNoNameOfASocketIsReportedOnce) {
  for (const std::string& name :
       {std::string("vsock:2:1234"), std::string("@"), "/" + std::string(200, 'x')}) {
    set("NOTIFY_SOCKET", name);
    ServiceManager manager;
    EXPECT_FALSE(manager.present());
    const auto problem = manager.take_problem();
    ASSERT_TRUE(problem);
    EXPECT_NE(problem->find("neither the path of a socket nor an abstract name"), std::string::npos)
        << *problem;
    EXPECT_EQ(manager.take_problem(), std::nullopt);
  }
}

TEST_F(ServiceManagerTest, ASocketThatIsGoneIsReportedOnce) {
  set("NOTIFY_SOCKET", path);
  ServiceManager manager;
  EXPECT_FALSE(manager.send("READY=1", Loss::not_allowed));
  const auto problem = manager.take_problem();
  ASSERT_TRUE(problem);
  EXPECT_NE(problem->find("no program reads from it"), std::string::npos) << *problem;
  EXPECT_FALSE(manager.send("STATUS=x", Loss::allowed));
  EXPECT_EQ(manager.take_problem(), std::nullopt);
  // It may be there again later.
  const Receiver receiver(path);
  manager.send("STATUS=y", Loss::allowed);
  EXPECT_EQ(receiver.next(), "STATUS=y");
}

TEST_F(ServiceManagerTest, ChangesWaitForRoomInOrderAndNothingElseDoes) {
  const Receiver receiver(path);
  set("NOTIFY_SOCKET", path);
  ServiceManager manager;
  std::size_t full = 0;
  while (manager.send("WATCHDOG=1", Loss::allowed)) ++full;
  ASSERT_GT(full, 0u);
  EXPECT_TRUE(manager.send("RELOADING=1", Loss::not_allowed));
  EXPECT_TRUE(manager.send("READY=1", Loss::not_allowed));
  EXPECT_FALSE(manager.send("STATUS=late", Loss::allowed));
  for (std::size_t i = 0; i < full; ++i) EXPECT_EQ(receiver.next(), "WATCHDOG=1");
  EXPECT_EQ(receiver.next(), "");
  manager.send_again();
  EXPECT_EQ(receiver.next(), "RELOADING=1");
  EXPECT_EQ(receiver.next(), "READY=1");
  EXPECT_EQ(receiver.next(), "");
}

TEST_F(ServiceManagerTest, WhatWaitsIsLimited) {
  const Receiver receiver(path);
  set("NOTIFY_SOCKET", path);
  ServiceManager manager;
  std::size_t full = 0;
  while (manager.send("WATCHDOG=1", Loss::allowed)) ++full;
  for (std::size_t i = 0; i < ServiceManager::kMaxUnsent + 3; ++i)
    manager.send(fmt::format("X={}", i), Loss::not_allowed);
  for (std::size_t i = 0; i < full; ++i) receiver.next();
  std::size_t sent = 3;  // the oldest were dropped
  for (manager.send_again(); sent < ServiceManager::kMaxUnsent + 3; manager.send_again()) {
    const std::string next = receiver.next();
    ASSERT_EQ(next, fmt::format("X={}", sent++));
  }
  EXPECT_EQ(receiver.next(), "");
}

TEST_F(ServiceManagerTest, AReloadHasTheTimeOfTheMonotonicClock) {
  const Receiver receiver(path);
  set("NOTIFY_SOCKET", path);
  ServiceManager manager;
  timespec before{};
  ::clock_gettime(CLOCK_MONOTONIC, &before);
  manager.send_reloading();
  const std::string message = receiver.next();
  const std::string beginning = "RELOADING=1\nMONOTONIC_USEC=";
  ASSERT_TRUE(message.starts_with(beginning)) << message;
  const std::int64_t time = std::stoll(message.substr(beginning.size()));
  const std::int64_t least = before.tv_sec * 1'000'000 + before.tv_nsec / 1000;
  EXPECT_GE(time, least);
  EXPECT_LT(time, least + 60'000'000);
}

TEST_F(ServiceManagerTest, TheWatchdogIsOursWithOurNumberOrNone) {
  const Receiver receiver(path);
  const auto watchdog = [this](const std::string& time, const std::string& process) {
    set("NOTIFY_SOCKET", path);
    set("WATCHDOG_USEC", time);
    if (!process.empty()) set("WATCHDOG_PID", process);
    return ServiceManager().watchdog();
  };
  EXPECT_EQ(watchdog("2000000", ""), Duration(2s));
  EXPECT_EQ(watchdog("2000000", fmt::format("{}", ::getpid())), Duration(2s));
  EXPECT_EQ(watchdog("2000000", fmt::format("{}", ::getppid())), std::nullopt);
  EXPECT_EQ(watchdog("2000000", "x"), std::nullopt);
  EXPECT_EQ(watchdog("18446744073709551615", ""), Duration(24h));
}

TEST_F(ServiceManagerTest, AWatchdogThatIsNoTimeIsReported) {
  for (const char* time : {"", "0", "-1", "1s", "99999999999999999999"}) {
    set("NOTIFY_SOCKET", path);
    set("WATCHDOG_USEC", time);
    ServiceManager manager;
    EXPECT_TRUE(manager.present());
    EXPECT_EQ(manager.watchdog(), std::nullopt);
    const auto problem = manager.take_problem();
    ASSERT_TRUE(problem) << time;
    EXPECT_NE(problem->find("WATCHDOG_USEC"), std::string::npos) << *problem;
  }
}

}  // namespace
}  // namespace serialtcp::io
