// Accepting: only while started, and where it was told.
#include <fmt/format.h>

#include <cerrno>

#include "listener_fixture.h"
#include "net/resolver.h"
#include "os/error_text.h"

namespace serialtcp::io {
namespace {

using TcpListenerTest = ListenerFixture;

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
  EXPECT_EQ(error_number(TcpListener::listen(context, std::span(some).first(1), 0, recorder).error()),
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
            fmt::format("Could not listen on 192.0.2.1:5: this machine does not have that address: {}",
                        kOwnAddresses));
}

bool is_refused(asio::io_context& context, const tcp::endpoint& at) {
  tcp::socket socket(context);
  ErrorCode error;
  socket.connect(at, error);
  return error == asio::error::connection_refused;
}

TEST_F(TcpListenerTest, RefusesClientsWhileItIsStoppedAndListensThereAgain) {
  const auto listener = listen({"127.0.0.1", 0});
  listener->refuse_while_stopped();
  const tcp::endpoint at = listener->address();
  EXPECT_TRUE(is_refused(context, at));
  listener->start();
  auto first = client_of(*listener);
  ASSERT_TRUE(run_until(context, [&] { return accepted.size() == 1; }));
  listener->stop();
  EXPECT_TRUE(is_refused(context, at));
  EXPECT_EQ(listener->address(), at);
  listener->start();
  auto second = client_of(*listener);
  EXPECT_TRUE(run_until(context, [&] { return accepted.size() == 2; })) << recorder.all();
}

TEST_F(TcpListenerTest, ClientsThatWaitedAndHaveGoneAreNotServed) {
  const auto listener = listen({"127.0.0.1", 0});
  auto stays = client_of(*listener);
  {
    auto leaves = client_of(*listener);
    leaves.set_option(asio::socket_base::linger(true, 0));
    leaves.close();
  }
  EXPECT_GE(listener->waiting(), 1U);
  listener->start();
  EXPECT_TRUE(run_until(context, [&] { return !accepted.empty() && !recorder.texts.empty(); }));
  EXPECT_EQ(accepted.size(), 1U);
  EXPECT_TRUE(recorder.has("1 client that closed while waiting for the link: reset, not served"))
      << recorder.all();
}

TEST_F(TcpListenerTest, TakesNobodyAfterItWasClosed) {
  const auto listener = listen({"127.0.0.1", 0});
  listener->start();
  const tcp::endpoint at = listener->address();
  run_ready(context);
  listener->close();
  EXPECT_TRUE(is_refused(context, at));
  run_ready(context);
  EXPECT_TRUE(accepted.empty());
}

}  // namespace
}  // namespace serialtcp::io
