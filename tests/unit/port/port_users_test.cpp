// Other programs at a port: real processes that have a pty open.
#include "port/port_users.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "shell_fixture.h"

namespace serialtcp::io {
namespace {

/// A program with this name that has the port open.
class Program {
 public:
  enum class Locks : std::uint8_t { no, yes };

  Program(const Pty& pty, const char* name, Locks locks = Locks::no) {
    int ready[2];
    EXPECT_EQ(::pipe(ready), 0);
    process_ = ::fork();
    if (process_ == 0) {
      ::close(pty.master());  // otherwise it could be the one that has made the pty
      ::prctl(PR_SET_NAME, name);
      const int fd = ::open(pty.path().c_str(), O_RDWR | O_NOCTTY);
      if (locks == Locks::yes) ::flock(fd, LOCK_EX);
      static_cast<void>(::write(ready[1], "x", 1));
      ::pause();
      ::_exit(0);
    }
    char byte = 0;
    EXPECT_EQ(::read(ready[0], &byte, 1), 1);
    ::close(ready[0]);
    ::close(ready[1]);
  }
  ~Program() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  pid_t process() const { return process_; }

 private:
  pid_t process_ = -1;
};

/// For a look at all processes of a machine that is busy.
constexpr Duration kUnhurried = std::chrono::seconds(30);

struct PortUsersTest : testing::Test {
  HolderLook& fresh() { return *looks.emplace_back(std::make_unique<HolderLook>(kUnhurried)); }

  std::vector<std::unique_ptr<HolderLook>> looks;
  asio::io_context context;
  Pty pty;
  HolderLook look{kUnhurried};
  PortUsers users{pty.path(), look};
};

TEST_F(PortUsersTest, TheProgramThatHasLockedThePortIsNamed) {
  const Program bystander(pty, "cat");
  const Program other(pty, "minicom", Program::Locks::yes);
  EXPECT_EQ(flock_holder_of(pty.path()), (Holder{other.process(), "minicom"}));
  const OpenError error = users.busy();
  EXPECT_EQ(error.kind, OpenError::Kind::passing);
  EXPECT_EQ(error.text,
            fmt::format("in use by another program, {} (minicom): end that program", other.process()));
}

TEST_F(PortUsersTest, WithoutALockThoseAreNamedThatHaveItOpen) {
  EXPECT_EQ(users.busy().text,
            "in use by another program: end that one first (fuser -v shows which one it is)");
  const Program one(pty, "cat");
  EXPECT_EQ(PortUsers(pty.path(), fresh()).busy().text,
            fmt::format("in use by another program, {} (cat): end that program", one.process()));
  const Program two(pty, "dd");
  const std::string text = PortUsers(pty.path(), fresh()).busy().text;
  EXPECT_NE(text.find(" or "), std::string::npos) << text;
  EXPECT_NE(text.find(fmt::format("{} (cat)", one.process())), std::string::npos) << text;
  EXPECT_NE(text.find(fmt::format("{} (dd)", two.process())), std::string::npos) << text;
}

TEST_F(PortUsersTest, ProcessesAreNotLookedAtAgainForEveryAttempt) {
  const std::string before = users.busy().text;
  const Program other(pty, "minicom");
  EXPECT_EQ(users.busy().text, before);
  PortUsers opened(pty.path(), fresh());
  EXPECT_EQ(opened.warnings().size(), 1u);
  EXPECT_TRUE(opened.warnings().empty());
}

TEST_F(PortUsersTest, ManyPortsAreAskedAboutAfterOneLook) {
  EXPECT_TRUE(look.holders_of(pty.path()).empty());
  const Program other(pty, "cat");
  EXPECT_TRUE(look.holders_of(pty.path()).empty()) << "it was looked at before";
  EXPECT_TRUE(run_until(context, [&] { return look.holders_of(pty.path()).size() == 1; }));
}

TEST_F(PortUsersTest, ALoginOrATerminalProgramThatDoesNotLockIsWarnedOf) {
  const std::string number = pty.path().substr(pty.path().rfind('/') + 1);
  const std::vector<std::pair<const char*, std::string>> cases = {
      {"agetty", "disable its login with systemctl disable --now serial-getty@" + number},
      {"screen", "end that session (screen -ls shows it)"},
      {"ModemManager", "have a udev rule set ID_MM_DEVICE_IGNORE for " + number + " (man serialtcp)"},
      {"cat", "end that program"},
  };
  for (const auto& [name, advice] : cases) {
    const Program other(pty, name);
    const auto warnings = PortUsers(pty.path(), fresh()).warnings();
    ASSERT_EQ(warnings.size(), 1u) << name;
    EXPECT_EQ(warnings[0],
              fmt::format("WARNING: {} is open in another program, too: {} ({}), which may take what "
                          "arrives: {}",
                          pty.path(), other.process(), name, advice));
  }
}

TEST_F(PortUsersTest, TheProgramThatHasMadeAPtyIsNoOtherUser) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t emulator = ::fork();  // inherits the master
  if (emulator == 0) {
    ::open(pty.path().c_str(), O_RDWR | O_NOCTTY);
    static_cast<void>(::write(ready[1], "x", 1));
    ::pause();
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_TRUE(users.warnings().empty());
  ::kill(emulator, SIGKILL);
  ::waitpid(emulator, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(PortUsersTest, ANameCannotWriteToTheTerminal) {
  const Program other(pty, "a\x1b[2J\nb");
  EXPECT_EQ(fresh().holders_of(pty.path()), (std::vector{Holder{other.process(), "a?[2J?b"}}));
}

TEST_F(PortUsersTest, NoMoreAreNamedThanTheLimit) {
  std::vector<std::unique_ptr<Program>> programs;
  for (std::size_t i = 0; i < HolderLook::kMostHolders + 2; ++i)
    programs.push_back(std::make_unique<Program>(pty, "cat"));
  EXPECT_EQ(fresh().holders_of(pty.path()).size(), HolderLook::kMostHolders);
}

}  // namespace
}  // namespace serialtcp::io
