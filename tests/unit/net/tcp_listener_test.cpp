// Accepting: only while started, with the right options, and with a shortage of descriptors.
#include "net/tcp_listener.h"

#include <netinet/tcp.h>
#include <sys/resource.h>

#include "net/resolver.h"
#include "shell_fixture.h"

namespace serialtcp::io {
namespace {

struct TcpListenerTest : testing::Test {
  std::unique_ptr<TcpListener> listen(const Target& at) {
    auto listener = TcpListener::listen(context, at, recorder);
    if (!listener) {
      ADD_FAILURE() << listener.error();
      return nullptr;
    }
    (*listener)->on_accepted(
        [this](StreamSocket socket, const std::string&) { accepted.push_back(std::move(socket)); });
    return std::move(*listener);
  }

  tcp::socket client_of(const TcpListener& listener) {
    tcp::socket socket(context);
    socket.connect(listener.address());
    return socket;
  }

  asio::io_context context;
  Recorder recorder;
  std::vector<StreamSocket> accepted;
};

int option(StreamSocket& socket, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  EXPECT_EQ(::getsockopt(socket.native_handle(), level, name, &value, &size), 0);
  return value;
}

TEST_F(TcpListenerTest, LetsClientsWaitUntilItIsStarted) {
  const auto listener = listen({"localhost", 0});
  auto early = client_of(*listener);
  run_ready(context);
  EXPECT_TRUE(accepted.empty());
  listener->start();
  EXPECT_TRUE(run_until(context, [&] { return accepted.size() == 1; }));
  listener->stop();
  auto late = client_of(*listener);
  run_ready(context);
  EXPECT_EQ(accepted.size(), 1U);
  listener->start();
  EXPECT_TRUE(run_until(context, [&] { return accepted.size() == 2; }));
}

TEST_F(TcpListenerTest, AcceptedSocketsHaveKeepAliveOfAMinute) {
  const auto listener = listen({"localhost", 0});
  listener->start();
  auto client = client_of(*listener);
  ASSERT_TRUE(run_until(context, [&] { return accepted.size() == 1; }));
  StreamSocket& socket = accepted[0];
  EXPECT_NE(option(socket, IPPROTO_TCP, TCP_NODELAY), 0);
  EXPECT_NE(option(socket, SOL_SOCKET, SO_KEEPALIVE), 0);
  const int idle = option(socket, IPPROTO_TCP, TCP_KEEPIDLE);
  const int probing = option(socket, IPPROTO_TCP, TCP_KEEPINTVL) * option(socket, IPPROTO_TCP, TCP_KEEPCNT);
  EXPECT_EQ(idle + probing, 60);
  EXPECT_GT(probing, 30) << "30 s of lost packets do no harm, whenever they begin";
}

TEST_F(TcpListenerTest, ListensOnlyWhereItWasTold) {
  const auto listener = listen({"localhost", 0});
  EXPECT_TRUE(listener->address().address().is_loopback());
  EXPECT_NE(listener->address().port(), 0);
}

TEST_F(TcpListenerTest, LocalhostIsTheLoopbackOfEitherFamily) {
  EXPECT_EQ(listen({"localhost", 0, Family::ipv4})->address().address().to_string(), "127.0.0.1");
  const asio::ip::address v4 = asio::ip::address_v4::loopback();
  const asio::ip::address v6 = asio::ip::address_v6::loopback();
  EXPECT_EQ(known_addresses("localhost", Family::ipv6), std::vector{v6});
  EXPECT_EQ(known_addresses("localhost", Family::any), (std::vector{v4, v6}));
}

TEST_F(TcpListenerTest, LocalhostIsListenedAtInBothFamiliesUnderOnePort) {
  const auto listener = listen({"localhost", 0});
  listener->start();
  const auto addresses = listener->addresses();
  ASSERT_EQ(addresses.size(), 2U);
  EXPECT_EQ(addresses[0].port(), addresses[1].port());
  for (const tcp::endpoint& address : addresses) {
    tcp::socket socket(context);
    socket.connect(address);
  }
  EXPECT_TRUE(run_until(context, [&] { return accepted.size() == 2; }));
}

TEST_F(TcpListenerTest, EveryInterfaceIsBothFamiliesAndEachFamilyIsOnlyItself) {
  const auto both = listen({"*", 0});
  ASSERT_EQ(both->addresses().size(), 2U);
  const auto v6 = listen({"::", 0});
  // If :: included IPv4, this would be in use.
  const auto v4 = listen({"0.0.0.0", v6->address().port()});
  ASSERT_TRUE(v4);
  EXPECT_EQ(listen({"*", 0, Family::ipv4})->addresses().size(), 1U);
}

TEST_F(TcpListenerTest, APortThatIsTakenInOneFamilyIsTaken) {
  const auto v6 = listen({"::1", 0});
  const auto other = TcpListener::listen(context, {"localhost", v6->address().port()}, recorder);
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().find("another program listens there already"), std::string::npos);
}

TEST_F(TcpListenerTest, AnAddressThatThisMachineLacksIsLeftOut) {
  const std::vector<asio::ip::address> some = {asio::ip::make_address("192.0.2.1"),
                                               asio::ip::make_address("127.0.0.1"),
                                               asio::ip::make_address("127.0.0.1")};
  const auto listener = TcpListener::listen(context, some, 0, recorder);
  ASSERT_TRUE(listener);
  EXPECT_EQ((*listener)->addresses().size(), 1U);
  EXPECT_EQ(TcpListener::listen(context, std::span(some).first(1), 0, recorder).error().value(),
            EADDRNOTAVAIL);
}

TEST_F(TcpListenerTest, SaysWhyItCannotListen) {
  const auto listener = listen({"127.0.0.1", 0});
  const std::uint16_t port = listener->address().port();
  const auto error = [&](const Target& at) {
    const auto other = TcpListener::listen(context, at, recorder);
    return other ? "(none)" : other.error();
  };
  EXPECT_EQ(error({"127.0.0.1", port}),
            fmt::format(
                "Could not listen on 127.0.0.1:{}: another program listens there already: end it, or choose "
                "another port",
                port));
  EXPECT_EQ(error({"192.0.2.1", 5}),
            "Could not listen on 192.0.2.1:5: this machine does not have that address: ip address shows the "
            "ones it has");
}

/// With a limit that permits no more descriptors.
class NoDescriptorsLeft {
 public:
  NoDescriptorsLeft() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int next = ::dup(0);
    ::close(next);
    rlimit limit = before_;
    limit.rlim_cur = static_cast<rlim_t>(next);
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  ~NoDescriptorsLeft() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(TcpListenerTest, LetsClientsWaitWhileThereAreNoDescriptorsAndSaysSoOnce) {
#ifdef SERIALTCP_SANITIZED
  GTEST_SKIP() << "without a free descriptor the sanitizer cannot check pointers";
#endif
  const auto listener = listen({"localhost", 0});
  std::vector<tcp::socket> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(client_of(*listener));
  {
    const NoDescriptorsLeft shortage;
    listener->start();
    ASSERT_TRUE(run_until(context, [&] { return !recorder.texts.empty(); }));
    listener->resume();
    run_ready(context);
    EXPECT_TRUE(accepted.empty());
  }
  EXPECT_TRUE(run_until(context, [&] { return accepted.size() == 3; }));
  EXPECT_EQ(recorder.all(),
            "WARNING: out of file descriptors, new clients have to wait: raise the limit with ulimit -n");
}

}  // namespace
}  // namespace serialtcp::io
