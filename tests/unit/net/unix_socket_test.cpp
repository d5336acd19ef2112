// Unix sockets: the owner of the file, who may connect, and the reasons of failures.
#include "net/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "net/unix_listener.h"
#include "os/abstract_name.h"
#include "shell_fixture.h"
#include "temporary_folder.h"

namespace serialtcp::io {
namespace {

using namespace std::chrono_literals;

struct UnixSocketTest : testing::Test {
  std::expected<std::unique_ptr<UnixListener>, std::string> try_listen(
      mode_t mode = UnixListener::kDefaultMode) {
    auto listener = UnixListener::listen(context, path, mode, recorder);
    if (listener) {
      (*listener)->on_accepted([this](StreamSocket socket, const std::string& from) {
        accepted.push_back(std::move(socket));
        names.push_back(from);
      });
      (*listener)->start();
    }
    return listener;
  }

  std::unique_ptr<UnixListener> listen(mode_t mode = UnixListener::kDefaultMode) {
    auto listener = try_listen(mode);
    EXPECT_TRUE(listener) << listener.error();
    return listener ? std::move(*listener) : nullptr;
  }

  std::string failure() {
    const auto listener = try_listen();
    return listener ? "(none)" : listener.error();
  }

  using Result = std::expected<StreamSocket, ResetReason>;
  std::optional<Result> connect(Duration timeout = kHang) {
    UnixTarget target(context, path, timeout);
    std::optional<Result> result;
    target.reach(1, [&](Result got) { result = std::move(got); });
    EXPECT_FALSE(result.has_value()) << "never from within the call";
    run_until(context, [&] { return result.has_value(); });
    return result;
  }

  ResetReason reason() {
    const auto result = connect();
    if (result && !*result) return result->error();
    ADD_FAILURE() << "it was reached";
    return ResetReason::aborted;
  }

  mode_t mode_of_file() const {
    struct stat status {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0);
    return status.st_mode & 0777U;
  }

  TemporaryFolder folder;
  std::string path = folder.file("x.sock");
  asio::io_context context;
  Recorder recorder;
  std::vector<StreamSocket> accepted;
  std::vector<std::string> names;
};

TEST_F(UnixSocketTest, IsConnectedToAndSaysByWhom) {
  const auto listener = listen();
  const auto result = connect();
  ASSERT_TRUE(result && *result);
  ASSERT_TRUE(run_until(context, [&] { return accepted.size() == 1; }));
  EXPECT_EQ(names[0], fmt::format("process {} of user {}", ::getpid(), ::getuid()));
}

TEST_F(UnixSocketTest, WithoutAFileIsReachedByItsName) {
  path = fmt::format("@serialtcp-unit-{}", ::getpid());
  EXPECT_EQ(reason(), ResetReason::refused);
  {
    const auto listener = listen();
    const auto result = connect();
    ASSERT_TRUE(result && *result);
    ASSERT_TRUE(run_until(context, [&] { return accepted.size() == 1; }));
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_EQ(failure(),
              fmt::format("Could not listen on unix:{}: another program listens there already: end "
                          "it, or choose another path",
                          path));
  }
  EXPECT_EQ(reason(), ResetReason::refused) << "the name goes with its listener";
  EXPECT_TRUE(try_listen());
  path = "@" + std::string(kMaxAbstractName, 'n');
  const auto longest = listen();
  ASSERT_TRUE(connect().value());
  path.pop_back();
  EXPECT_EQ(reason(), ResetReason::refused) << "a name that begins another one is not it";
}

TEST_F(UnixSocketTest, IsForItsOwnerUnlessAModeSaysOtherwise) {
  listen();
  {
    const auto listener = listen();
    EXPECT_EQ(mode_of_file(), 0600U);
  }
  const mode_t before = ::umask(0077);
  const auto listener = listen(0666);
  EXPECT_EQ(mode_of_file(), 0666U) << "whatever the umask";
  EXPECT_EQ(::umask(before), 0077U) << "which is as it was";
}

TEST_F(UnixSocketTest, GoesWithItsListener) {
  listen().reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(UnixSocketTest, IsLeftAloneAtTheEndWhenAnotherHasTakenItsPlace) {
  auto listener = listen();
  std::filesystem::remove(path);
  std::ofstream(path) << "not ours";
  listener.reset();
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(UnixSocketTest, ReplacesOneThatNobodyListensAt) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const auto endpoint = unix_endpoint(path);
  ASSERT_EQ(::bind(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size())), 0);
  ::close(fd);
  ASSERT_TRUE(std::filesystem::exists(path));
  const auto listener = listen();
  EXPECT_TRUE(connect()->has_value());
}

TEST_F(UnixSocketTest, DoesNotReplaceOneThatIsInUse) {
  const std::string in_use = fmt::format(
      "Could not listen on unix:{}: another program listens there already: end it, or choose another path",
      path);
  {
    const auto listener = listen();
    EXPECT_EQ(failure(), in_use) << "by one of ours";
    EXPECT_TRUE(connect()->has_value()) << "which is not disturbed";
  }
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const auto endpoint = unix_endpoint(path);
  ASSERT_EQ(::bind(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size())), 0);
  ASSERT_EQ(::listen(fd, 1), 0);
  EXPECT_EQ(failure(), in_use) << "by another program";
  ::close(fd);
}

TEST_F(UnixSocketTest, DoesNotReplaceWhatIsNoSocket) {
  std::ofstream(path) << "precious";
  EXPECT_EQ(failure(),
            fmt::format("Could not listen on unix:{}: a file that is not a socket has that path: remove "
                        "it, or choose another path",
                        path));
  EXPECT_EQ(std::filesystem::file_size(path), 8U);
}

TEST_F(UnixSocketTest, SaysWhenThereIsNoSuchFolder) {
  path = folder.file("nowhere/x.sock");
  EXPECT_EQ(failure(),
            fmt::format("Could not listen on unix:{}: there is no such folder: make it first", path));
}

TEST_F(UnixSocketTest, ThatIsNotThereCannotBeReachedAndOneWithoutAListenerRefuses) {
  EXPECT_EQ(reason(), ResetReason::no_such_file);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const auto endpoint = unix_endpoint(path);
  ASSERT_EQ(::bind(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size())), 0);
  EXPECT_EQ(reason(), ResetReason::refused);
  ::close(fd);
}

TEST_F(UnixSocketTest, WithAFullQueueIsWaitedForAndThenTimesOut) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const auto endpoint = unix_endpoint(path);
  ASSERT_EQ(::bind(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size())), 0);
  ASSERT_EQ(::listen(fd, 0), 0);
  std::vector<Result> waiting;
  std::optional<Result> last;
  while (waiting.size() < 10) {
    last = connect(50ms);
    ASSERT_TRUE(last);
    if (!*last) break;
    waiting.push_back(std::move(*last));
  }
  ASSERT_FALSE(*last);
  EXPECT_EQ(last->error(), ResetReason::timed_out);
  const int first = ::accept(fd, nullptr, nullptr);
  EXPECT_TRUE(connect()->has_value()) << "there is room again";
  ::close(first);
  ::close(fd);
}

TEST_F(UnixSocketTest, ACancelledAttemptIsNotHeardOfAgain) {
  const auto listener = listen();
  UnixTarget target(context, path, kHang);
  const auto attempt = target.reach(1, [](const Result&) { ADD_FAILURE(); });
  attempt->cancel();
  run_ready(context);
  EXPECT_EQ(attempt.use_count(), 1) << "nor held by anybody";
}

}  // namespace
}  // namespace serialtcp::io
