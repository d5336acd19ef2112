// Folders for control sockets: which one it is, when it cannot be used, and what dead processes have left there.
#include "control/place.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "net/unix_socket.h"
#include "temporary_folder.h"

namespace serialtcp::control {
namespace {

namespace fs = std::filesystem;

/// A socket's file; `listening` is closed by its destructor.
class SocketAt {
 public:
  enum class Listens { yes, no };
  SocketAt(const std::string& path, Listens listens) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const io::StreamEndpoint at = io::unix_endpoint(path);
    EXPECT_EQ(::bind(fd_, at.data(), static_cast<socklen_t>(at.size())), 0);
    if (listens == Listens::yes) {
      EXPECT_EQ(::listen(fd_, 1), 0);
    }
  }
  ~SocketAt() { ::close(fd_); }
  SocketAt(const SocketAt&) = delete;
  SocketAt& operator=(const SocketAt&) = delete;

 private:
  int fd_;
};

TEST(ControlPlace, DependsOnTheUserAndOnSystemd) {
  EXPECT_EQ(own_folder({.root = true}), "/run/serialtcp");
  EXPECT_EQ(own_folder({.user_runtime_directory = "/run/user/0", .root = true}), "/run/serialtcp");
  EXPECT_EQ(own_folder({.user_runtime_directory = "/run/user/7"}), "/run/user/7/serialtcp");
  EXPECT_EQ(own_folder({.runtime_directory = "/run/x", .user_runtime_directory = "/run/user/7"}), "/run/x");
  const auto none = own_folder({});
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().find("XDG_RUNTIME_DIR"), std::string::npos);
}

TEST(ControlPlace, TheFolderIsMadeForItsUserOnly) {
  TemporaryFolder folder;
  const auto path = prepare(folder.file("new"));
  ASSERT_TRUE(path) << path.error();
  EXPECT_EQ(*path, fmt::format("{}/{}.sock", folder.file("new"), ::getpid()));
  EXPECT_EQ(fs::status(folder.file("new")).permissions(), fs::perms::owner_all);
  fs::permissions(folder.file("new"), fs::perms(0755));  // as systemd makes it
  EXPECT_TRUE(prepare(folder.file("new")));
  EXPECT_EQ(fs::status(folder.file("new")).permissions(), fs::perms::owner_all);
}

TEST(ControlPlace, AFolderThatIsNotSafeOrNotThereIsRefused) {
  TemporaryFolder folder;
  fs::create_directory(folder.file("open"));
  fs::permissions(folder.file("open"), fs::perms(0777));
  std::ofstream(folder.file("file")) << "x";
  fs::create_directory_symlink(folder.path(), folder.file("link"));
  const std::pair<std::string, std::string> cases[] = {
      {"open", "other users can write to it"},
      {"file", "not a directory"},
      {"link", "not a directory"},
      {"none/none", "could not make"},
      {std::string(100, 'x'), "too long"},
  };
  for (const auto& [name, why] : cases) {
    const auto path = prepare(folder.file(name));
    ASSERT_FALSE(path) << name;
    EXPECT_NE(path.error().find(why), std::string::npos) << path.error();
  }
}

TEST(ControlPlace, OnlySocketsOfDeadProcessesAreRemoved) {
  TemporaryFolder folder;
  const SocketAt live(folder.file("1.sock"), SocketAt::Listens::yes);
  const SocketAt dead(folder.file("2.sock"), SocketAt::Listens::no);
  const SocketAt other(folder.file("rack.sock"), SocketAt::Listens::no);
  std::ofstream(folder.file("3.sock")) << "a file";
  ASSERT_TRUE(prepare(folder.path()));
  EXPECT_TRUE(fs::exists(folder.file("1.sock")));
  EXPECT_FALSE(fs::exists(folder.file("2.sock")));
  EXPECT_TRUE(fs::exists(folder.file("rack.sock")));
  EXPECT_TRUE(fs::exists(folder.file("3.sock")));
}

TEST(ControlPlace, ClientsFindAllSocketsInTheOrderOfProcesses) {
  TemporaryFolder folder;
  const SocketAt ten(folder.file("10.sock"), SocketAt::Listens::yes);
  const SocketAt nine(folder.file("9.sock"), SocketAt::Listens::yes);
  std::ofstream(folder.file("x")) << "x";
  const Found found = find_sockets({.runtime_directory = folder.path(), .user_runtime_directory = "/none"});
  EXPECT_EQ(found.sockets, (std::vector<std::string>{folder.file("9.sock"), folder.file("10.sock")}));
  EXPECT_EQ(found.searched, (std::vector<std::string>{folder.path()}));
  EXPECT_EQ(find_sockets({.user_runtime_directory = "/none"}).searched,
            (std::vector<std::string>{"/none/serialtcp", "/run/serialtcp"}));
}

}  // namespace
}  // namespace serialtcp::control
