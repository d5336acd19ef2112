// UUCP lock files in a folder of the test.
#include "port/lock_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "shell_fixture.h"
#include "temporary_folder.h"

namespace serialtcp::io {
namespace {

/// Another process, which does nothing.
class Sleeper {
 public:
  Sleeper() : process_(::fork()) {
    if (process_ == 0) {
      ::pause();
      ::_exit(0);
    }
  }
  ~Sleeper() { end(); }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
  pid_t process() const { return process_; }
  void end() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
  }

 private:
  pid_t process_;
};

struct LockFileTest : testing::Test {
  void write(const std::string& text, std::time_t age = 0) {
    std::ofstream(file, std::ios::binary) << text;
    const timespec when{.tv_sec = std::time(nullptr) - age, .tv_nsec = 0};
    const timespec times[] = {when, when};
    ::utimensat(AT_FDCWD, file.c_str(), times, 0);
  }
  static std::string ascii(pid_t process) { return fmt::format("{:10}\n", process); }
  std::string content() const {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
  }
  bool exists() const { return std::filesystem::exists(std::filesystem::symlink_status(file)); }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder.path()), {}));
  }

  TemporaryFolder folder;
  std::string device = "/dev/ttyNONE7";
  std::string file = folder.file("LCK..ttyNONE7");
  LockFile lock{{folder.path()}};
};

TEST_F(LockFileTest, HasTheNumberOfTheProcessInTenColumns) {
  ASSERT_TRUE(lock.take(device));
  EXPECT_EQ(content(), ascii(::getpid()));
  EXPECT_EQ(content().size(), 11u);
  struct stat info {};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0644u);
  EXPECT_EQ(files(), 1u) << "nothing else remains";
  lock.release();
  EXPECT_EQ(files(), 0u);
  EXPECT_EQ(lock.take_problem(), std::nullopt);
}

TEST_F(LockFileTest, ItsNameIsThatOfTheDeviceBehindASymbolicLink) {
  const Pty pty;
  const std::string link = folder.file("cable");
  std::filesystem::create_symlink(pty.path(), link);
  ASSERT_TRUE(lock.take(link));
  const std::string number = pty.path().substr(pty.path().rfind('/') + 1);
  EXPECT_TRUE(std::filesystem::exists(folder.file("LCK..pts_" + number)));
}

TEST_F(LockFileTest, ALiveProgramIsHonoured) {
  const Sleeper other;
  for (const std::string& text :
       {ascii(other.process()), fmt::format("{}", other.process()),
        fmt::format("{:10} minicom root\n", other.process()),
        std::string(reinterpret_cast<const char*>(std::array{other.process()}.data()), sizeof(pid_t))}) {
    write(text, 100);
    const auto taken = lock.take(device);
    ASSERT_FALSE(taken) << text;
    EXPECT_EQ(taken.error().holder.process, other.process());
    EXPECT_EQ(taken.error().holder.command, command_of(::getpid()));
    EXPECT_EQ(taken.error().file, file);
    lock.release();
    EXPECT_EQ(content(), text) << "it is not ours";
  }
}

TEST_F(LockFileTest, AProgramOfAnotherUserIsAlive) {
  if (::getuid() != 0) GTEST_SKIP() << "needs another user";
  const Sleeper other;
  write(ascii(other.process()));
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (::setuid(kNobody) != 0) ::_exit(2);
    ::_exit(lock.take(device) ? 1 : 0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(LockFileTest, AFileOfAProgramThatHasEndedIsReplaced) {
  Sleeper other;
  const pid_t process = other.process();
  other.end();
  write(ascii(process));
  ASSERT_TRUE(lock.take(device));
  EXPECT_EQ(content(), ascii(::getpid()));
}

TEST_F(LockFileTest, AProgramThatHasEndedAndIsNotYetForgottenDoesNotCount) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  write(ascii(child));
  EXPECT_TRUE(lock.take(device));
  ::waitpid(child, nullptr, 0);
}

TEST_F(LockFileTest, AFileOfThisProcessIsLeftToTheLinkThatMadeIt) {
  ASSERT_TRUE(lock.take(device));
  LockFile second({folder.path()});
  EXPECT_TRUE(second.take(device));
  second.release();
  EXPECT_TRUE(exists());
}

TEST_F(LockFileTest, NonsenseIsReplacedOnceItIsOldAndHonouredWhileItIsBeingWritten) {
  for (const std::string& text :
       {std::string(), std::string("x"), std::string("   -5\n"), std::string("0"), std::string(1000, '9'),
        std::string("\0\0\0\0", 4), std::string("\xff\xff\xff\xff")}) {
    write(text);
    const auto taken = lock.take(device);
    ASSERT_FALSE(taken) << text;
    EXPECT_EQ(taken.error().holder.process, 0);
    write(text, 60);
    EXPECT_TRUE(lock.take(device)) << text;
    EXPECT_EQ(content(), ascii(::getpid()));
    lock.release();
  }
}

TEST_F(LockFileTest, AFileThatIsOlderThanAPtyIsForAnEarlierOne) {
  const Sleeper other;
  const Pty pty;
  device = pty.path();
  file = folder.file("LCK..pts_" + device.substr(device.rfind('/') + 1));
  write(ascii(other.process()), 1000);
  EXPECT_TRUE(lock.take(device));
  lock.release();
  write(ascii(other.process()), -10);
  EXPECT_FALSE(lock.take(device));
}

TEST_F(LockFileTest, WhatIsNoFileIsNamedAndNotTouched) {
  for (const auto& make : {+[](const std::string& at) { std::filesystem::create_directory(at); },
                           +[](const std::string& at) { std::filesystem::create_symlink("/etc/passwd", at); },
                           +[](const std::string& at) { EXPECT_EQ(::mkfifo(at.c_str(), 0644), 0); }}) {
    make(file);
    LockFile other({folder.path()});
    EXPECT_TRUE(other.take(device));
    EXPECT_TRUE(other.take_problem());
    EXPECT_EQ(other.take_problem(), std::nullopt);
    other.release();
    EXPECT_TRUE(exists());
    std::filesystem::remove(file);
  }
}

TEST_F(LockFileTest, AFolderThatIsNotThereOrNotWritableIsSaidOnce) {
  LockFile none({folder.file("nothing")});
  EXPECT_TRUE(none.take(device));
  const auto problem = none.take_problem();
  ASSERT_TRUE(problem);
  EXPECT_TRUE(problem->starts_with("no lock file " + folder.file("nothing") + "/LCK..ttyNONE7: "))
      << *problem;
  EXPECT_TRUE(none.take(device));
  EXPECT_EQ(none.take_problem(), std::nullopt);
  LockFile second({folder.file("nothing"), folder.path()});
  EXPECT_TRUE(second.take(device));
  EXPECT_EQ(content(), ascii(::getpid()));
}

TEST_F(LockFileTest, EveryFolderIsLookedAt) {
  const Sleeper other;
  write(ascii(other.process()));
  const TemporaryFolder first;
  LockFile both({first.path(), folder.path()});
  ASSERT_FALSE(both.take(device));
  EXPECT_TRUE(std::filesystem::is_empty(first.path()));
}

TEST_F(LockFileTest, AFileThatHasBeenReplacedIsNotRemoved) {
  ASSERT_TRUE(lock.take(device));
  std::filesystem::remove(file);
  write("another");
  lock.release();
  EXPECT_EQ(content(), "another");
}

TEST_F(LockFileTest, OfManyProcessesThatFindAStaleFileOneGetsIt) {
  Sleeper ended;
  const pid_t process = ended.process();
  ended.end();
  for (int round = 0; round < 20; ++round) {
    write(ascii(process));
    int gate[2];
    int results[2];
    ASSERT_EQ(::pipe(gate), 0);
    ASSERT_EQ(::pipe(results), 0);
    std::vector<pid_t> children;
    for (int i = 0; i < 8; ++i) {
      const pid_t child = ::fork();
      if (child == 0) {
        char go = 0;
        ::close(gate[1]);
        static_cast<void>(::read(gate[0], &go, 1));  // the end of input is the signal for all
        LockFile own({folder.path()});
        const bool got = own.take(device).has_value() && content() == ascii(::getpid());
        const char answer = got ? '1' : '0';
        static_cast<void>(::write(results[1], &answer, 1));
        ::pause();
      }
      children.push_back(child);
    }
    ::close(gate[0]);
    ::close(gate[1]);
    int owners = 0;
    for (std::size_t i = 0; i < children.size(); ++i) {
      char answer = 0;
      ASSERT_EQ(::read(results[0], &answer, 1), 1);
      if (answer == '1') ++owners;
    }
    EXPECT_EQ(owners, 1);
    for (const pid_t child : children) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
    ::close(results[0]);
    ::close(results[1]);
  }
}

}  // namespace
}  // namespace serialtcp::io
