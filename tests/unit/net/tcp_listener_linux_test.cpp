// The options of accepted sockets, and a shortage of descriptors.
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>

#include "listener_fixture.h"

namespace serialtcp::io {
namespace {

using TcpListenerOnLinux = ListenerFixture;

int option(StreamSocket& socket, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  EXPECT_EQ(::getsockopt(socket.native_handle(), level, name, &value, &size), 0);
  return value;
}

TEST_F(TcpListenerOnLinux, AcceptedSocketsHaveKeepAliveOfAMinute) {
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

TEST_F(TcpListenerOnLinux, LetsClientsWaitWhileThereAreNoDescriptorsAndSaysSoOnce) {
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
