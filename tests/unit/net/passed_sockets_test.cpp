// Sockets that were passed to the process, with the variables of sd_listen_fds(3) and real descriptors.
#include "net/passed_sockets.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "net/passed_listener.h"
#include "shell_fixture.h"
#include "temporary_folder.h"

namespace serialtcp::io {
namespace {

/// Descriptors from here on are free in a test.
constexpr int kFirst = 700;

struct PassedSocketsTest : testing::Test {
  ~PassedSocketsTest() override {
    for (int fd = kFirst; fd < kFirst + passed; ++fd) ::close(fd);
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  }

  /// The next one that is passed.
  void pass(int fd) {
    ASSERT_GE(fd, 0);
    ASSERT_EQ(::dup2(fd, kFirst + passed), kFirst + passed);
    ++passed;
    ::close(fd);
  }
  static int unix_socket(int type, const std::string& path) {
    const int fd = ::socket(AF_UNIX, type, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path, address.sun_path);
    EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return fd;
  }
  static int listening(int fd) {
    EXPECT_EQ(::listen(fd, 10), 0);
    return fd;
  }
  void say(const std::string& process, const std::string& count, const char* names = nullptr) {
    ::setenv("LISTEN_PID", process.c_str(), 1);
    ::setenv("LISTEN_FDS", count.c_str(), 1);
    if (names != nullptr) ::setenv("LISTEN_FDNAMES", names, 1);
  }
  void say(const char* names = nullptr) { say(me, fmt::format("{}", passed), names); }
  static std::string problem(std::string_view name) {
    const auto found = PassedSockets(kFirst).named(name);
    return found ? "(none)" : found.error();
  }

  const std::string me = fmt::format("{}", ::getpid());
  TemporaryFolder folder;
  int passed = 0;
};

TEST_F(PassedSocketsTest, AreFoundByTheirNames) {
  pass(listening(unix_socket(SOCK_STREAM, folder.file("a"))));
  pass(listening(::socket(AF_INET, SOCK_STREAM, 0)));
  pass(listening(::socket(AF_INET6, SOCK_STREAM, 0)));
  say("ssh:web:web");
  const PassedSockets sockets(kFirst);
  EXPECT_EQ(sockets.named("ssh"), std::vector{kFirst});
  EXPECT_EQ(sockets.named("web"), (std::vector{kFirst + 1, kFirst + 2}));
}

TEST_F(PassedSocketsTest, ProgramsThatAreStartedInheritNothing) {
  pass(listening(unix_socket(SOCK_STREAM, folder.file("a"))));
  say("a");
  ASSERT_EQ(::fcntl(kFirst, F_GETFD), 0);
  const PassedSockets sockets(kFirst);
  EXPECT_EQ(::fcntl(kFirst, F_GETFD), FD_CLOEXEC);
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
    EXPECT_EQ(std::getenv(name), nullptr);
}

TEST_F(PassedSocketsTest, WithoutNamesTheyAreUnknown) {
  pass(listening(unix_socket(SOCK_STREAM, folder.file("a"))));
  pass(listening(unix_socket(SOCK_STREAM, folder.file("b"))));
  say();
  EXPECT_EQ(PassedSockets(kFirst).named("unknown"), (std::vector{kFirst, kFirst + 1}));
  say("b");
  EXPECT_EQ(PassedSockets(kFirst).named("unknown"), std::vector{kFirst + 1});
}

TEST_F(PassedSocketsTest, AnUnknownNameIsAnsweredWithThoseThatThereAre) {
  pass(listening(unix_socket(SOCK_STREAM, folder.file("a"))));
  pass(listening(unix_socket(SOCK_STREAM, folder.file("b"))));
  say("web:s\x1bsh");
  EXPECT_EQ(
      problem("mail"),
      "no socket of this name was passed to this program: there is s?sh, web (FileDescriptorName= in the "
      ".socket unit is the name)");
}

TEST_F(PassedSocketsTest, WithoutAServiceManagerThereAreNone) {
  EXPECT_TRUE(
      problem("web").starts_with("no sockets were passed to this program: start this program by a .socket"))
      << problem("web");
}

TEST_F(PassedSocketsTest, ThoseOfAnotherProcessAreNotTouched) {
  pass(listening(unix_socket(SOCK_STREAM, folder.file("a"))));
  for (const char* process : {"1", "", "x", "-1", "99999999999999"}) {
    say(process, "1", "web");
    EXPECT_TRUE(
        problem("web").starts_with(fmt::format("the sockets were passed to process {} (LISTEN_PID), and "
                                               "this is process {}",
                                               process, me)))
        << problem("web");
    EXPECT_EQ(::fcntl(kFirst, F_GETFD), 0);
  }
}

TEST_F(PassedSocketsTest, TheirNumberIsANumber) {
  for (const char* count : {"", "0", "-1", "1x", "1025", "99999999999999"}) {
    say(me, count);
    EXPECT_EQ(problem("web"),
              fmt::format("LISTEN_FDS is '{}', and a number from 1 to 1024 is expected", count));
  }
}

TEST_F(PassedSocketsTest, OnlyListeningStreamSocketsAreAccepted) {
  pass(::open("/dev/null", O_RDWR));
  pass(unix_socket(SOCK_DGRAM, folder.file("datagrams")));
  pass(unix_socket(SOCK_STREAM, folder.file("bound")));
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  pass(pair[0]);
  pass(listening(unix_socket(SOCK_SEQPACKET, folder.file("packets"))));
  const auto of = [&](const std::string& name) {
    say(me, fmt::format("{}", passed + 1), "file:datagrams:bound:connection:packets:closed");
    const std::string text = problem(name);
    EXPECT_TRUE(text.starts_with("descriptor 70") && text.find(" of that name: ") != std::string::npos)
        << text;
    return text.substr(text.find(": ") + 2);
  };
  EXPECT_EQ(of("file"), "it is not a socket: use ListenStream= in the .socket unit");
  EXPECT_EQ(of("datagrams"), "it is not a socket for connections: use ListenStream= in the .socket unit");
  EXPECT_EQ(of("packets"), of("datagrams"));
  EXPECT_EQ(of("bound"), "it does not listen, it is a connection: use Accept=no in the .socket unit");
  EXPECT_EQ(of("connection"), of("bound"));
  say(me, fmt::format("{}", passed + 1), "file:datagrams:bound:connection:packets:closed");
  const PassedSockets sockets(kFirst);
  pass(listening(
      unix_socket(SOCK_STREAM, folder.file("later"))));  // gets the number of the one that is missing
  EXPECT_EQ(
      sockets.named("closed").error(),
      "a descriptor of that name is not open: LISTEN_FDS is larger than the number of sockets that were passed");
  ::close(pair[1]);
}

struct PassedListenerTest : testing::Test {
  ~PassedListenerTest() override { ::close(socket); }

  std::unique_ptr<PassedListener> listen() {
    auto listener = PassedListener::listen(context, {socket}, recorder);
    EXPECT_TRUE(listener);
    (*listener)->on_accepted([this](StreamSocket client, const std::string& from) {
      clients.push_back(std::move(client));
      names.push_back(from);
    });
    return std::move(*listener);
  }

  asio::io_context context;
  Recorder recorder;
  int socket = -1;
  std::vector<StreamSocket> clients;
  std::vector<std::string> names;
};

TEST_F(PassedListenerTest, ClientsOfASocketAreServedByOneListenerAfterTheOther) {
  socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(socket, 10), 0);
  auto listener = listen();
  ASSERT_EQ(listener->endpoints().size(), 1u);
  const StreamEndpoint where = listener->endpoints().front();
  listener->start();
  StreamSocket first(context);
  first.connect(where);
  ASSERT_TRUE(run_until(context, [&] { return clients.size() == 1; }));
  EXPECT_TRUE(names[0].starts_with("127.0.0.1:"));

  listener->close();
  listener.reset();
  StreamSocket second(context);  // waits in the queue of the socket, which is still open
  second.connect(where);
  listener = listen();
  listener->start();
  EXPECT_TRUE(run_until(context, [&] { return clients.size() == 2; }));
}

}  // namespace
}  // namespace serialtcp::io
