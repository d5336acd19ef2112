// SOCKS clients of one end, and targets at the other: what they are told, and that bytes then go both ways.
#include "service/proxy_server.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/host_name.hpp>
#include <string>
#include <vector>

#include "driver_fixture.h"
#include "hex.h"
#include "net/resolver.h"
#include "service/datagram_targets.h"
#include "service/forward_targets.h"

namespace serialtcp::io {
namespace {

using test::from_hex;
using test::to_hex;

std::string hex_of_port(std::uint16_t port) {
  return to_hex(Bytes{static_cast<Byte>(port >> 8), static_cast<Byte>(port)});
}

std::string hex_of(std::string_view text) {
  return to_hex(Bytes(text.begin(), text.end()));
}

struct SocksTest : DriverTest {
  SocksTest() { start({.patience = kHang}, {"127.0.0.1:*", "localhost:*", "nowhere.invalid:*"}); }

  void start(const ProxyServer::Config& config, const std::vector<std::string>& allowed) {
    auto listener = TcpListener::listen(context, {"localhost", 0}, server->recorder);
    ASSERT_TRUE(listener);
    address = (*listener)->address();
    Connections& near = server->driver.connections();
    auto made = std::make_unique<ProxyServer>(near, std::move(*listener), config);
    socks = made.get();
    near.add(std::move(made));
    std::vector<AllowPattern> patterns;
    for (const std::string& text : allowed)
      patterns.push_back(*parse_allow_pattern(text, AllowedTo::connect));
    Connections& far = client->driver.connections();
    far.add(std::make_unique<ForwardTargets>(
                far, ForwardTargets::Config{.allowed = AllowList(patterns), .connect_timeout = kHang}),
            services::kForward);
    auto relays =
        std::make_unique<DatagramTargets>(far, DatagramRelay::Config{.allowed = AllowList(patterns)});
    datagram_targets = relays.get();
    far.add(std::move(relays), services::kDatagrams);
  }

  void say(tcp::socket& socket, const std::string& hex) { send(socket, from_hex(hex)); }
  std::string hear(tcp::socket& socket, std::size_t count) { return to_hex(receive(socket, count).bytes); }
  std::string port_of_target() const { return hex_of_port(target.local_endpoint().port()); }
  /// What is heard until the end, and that it is one in order.
  std::string hear_all(tcp::socket& socket) {
    const Got got = receive(socket);
    EXPECT_EQ(got.end, asio::error::eof);
    return to_hex(got.bytes);
  }

  /// The reply to "connect me there", whole.
  std::string refusal(const std::string& address_and_port) {
    tcp::socket near = dial();
    say(near,
        "050100"
        "050100" +
            address_and_port);
    return hear_all(near);
  }

  void expect_both_ways(tcp::socket& near, tcp::socket& far) {
    const Bytes there = pattern(100'000, 1);
    const Bytes back = pattern(50'000, 2);
    send(near, there);
    EXPECT_EQ(receive(far, there.size()).bytes, there);
    send(far, back);
    EXPECT_EQ(receive(near, back.size()).bytes, back);
  }

  /// A socket on loopback.
  asio::ip::udp::socket datagram_socket() {
    asio::ip::udp::socket socket(context, {asio::ip::address_v4::loopback(), 0});
    socket.non_blocking(true);
    return socket;
  }

  struct Datagram {
    std::string bytes;
    asio::ip::udp::endpoint from;
  };
  Datagram receive_datagram(asio::ip::udp::socket& socket) {
    Bytes buffer(64 * 1024);
    asio::ip::udp::endpoint from;
    std::optional<std::size_t> size;
    EXPECT_TRUE(run_until(context, [&] {
      ErrorCode error;
      const std::size_t count = socket.receive_from(asio::buffer(buffer), from, 0, error);
      if (!error) size = count;
      return size.has_value();
    }));
    return {to_hex(ByteView(buffer).first(size.value_or(0))), from};
  }

  /// A client that has asked for datagrams, and where its relay is.
  asio::ip::udp::endpoint associate(tcp::socket& near) {
    say(near,
        "050100"
        "05030001000000000000");
    const std::string reply = hear(near, 12);
    EXPECT_EQ(reply.substr(0, 20),
              "0500"
              "050000017f000001");
    const Bytes port = from_hex(reply.substr(20));
    return {asio::ip::address_v4::loopback(), static_cast<std::uint16_t>((port[0] << 8) | port[1])};
  }

  static void send_datagram(asio::ip::udp::socket& socket, const std::string& hex,
                            const asio::ip::udp::endpoint& to) {
    socket.send_to(asio::buffer(from_hex(hex)), to);
  }

  bool client_says(std::string_view text) const { return client->recorder.has(text); }

  ProxyServer* socks = nullptr;
  DatagramTargets* datagram_targets = nullptr;
};

TEST_F(SocksTest, Version5ConnectsToAnAddressAndSaysWhereFrom) {
  tcp::socket near = dial();
  say(near, "050100");
  EXPECT_EQ(hear(near, 2), "0500");
  say(near, "050100017f000001" + port_of_target());
  tcp::socket far = answer();
  EXPECT_EQ(hear(near, 10), "050000017f000001" + hex_of_port(far.remote_endpoint().port()));
  expect_both_ways(near, far);
  EXPECT_EQ(socks->unanswered(), 0U);
}

TEST_F(SocksTest, Version5HasNamesLookedUpAtTheOtherEnd) {
  tcp::socket near = dial();
  say(near,
      "050100"
      "0501000309" +
          hex_of("localhost") + port_of_target());
  tcp::socket far = answer();
  EXPECT_EQ(hear(near, 12).substr(0, 20),
            "0500"
            "050000017f000001");
  expect_both_ways(near, far);
}

TEST_F(SocksTest, Version4And4aConnect) {
  for (const std::string& request :
       {"0401" + port_of_target() +
            "7f000001"
            "00",
        "0401" + port_of_target() + "00000001" + hex_of("me") + "00" + hex_of("localhost") + "00"}) {
    tcp::socket near = dial();
    say(near, request);
    tcp::socket far = answer();
    EXPECT_EQ(hear(near, 8), "005a" + hex_of_port(far.remote_endpoint().port()) + "7f000001");
    expect_both_ways(near, far);
  }
}

TEST_F(SocksTest, WhatIsSentBeforeTheAnswerArrivesFirst) {
  tcp::socket near = dial();
  say(near,
      "050100"
      "050100017f000001" +
          port_of_target() + hex_of("early"));
  near.shutdown(tcp::socket::shutdown_send);
  tcp::socket far = answer();
  const Got got = receive(far);
  EXPECT_EQ(to_hex(got.bytes), hex_of("early"));
  EXPECT_EQ(got.end, asio::error::eof);
  say(far, hex_of("late"));
  EXPECT_EQ(hear(near, 16).substr(24), hex_of("late"));
}

TEST_F(SocksTest, ARefusedConnectIsRefusedInItsOwnCode) {
  tcp::acceptor closed(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const std::string port = hex_of_port(closed.local_endpoint().port());
  closed.close();
  EXPECT_EQ(refusal("017f000001" + port),
            "0500"
            "0505000100000000"
            "0000");
  EXPECT_TRUE(server->recorder.has("by SOCKS, to 127.0.0.1:"));
  EXPECT_TRUE(server->recorder.has("refused"));
}

TEST_F(SocksTest, WhatIsNotAllowedIsSaidToBe) {
  EXPECT_EQ(refusal("010a000001"
                    "0016"),
            "0500"
            "0502000100000000"
            "0000");
  EXPECT_TRUE(server->recorder.has("--allow 10.0.0.1:22")) << server->recorder.all();
}

TEST_F(SocksTest, ANameThatDoesNotResolveIsAHostOutOfReach) {
  EXPECT_EQ(refusal("030f" + hex_of("nowhere.invalid") + "0050"),
            "0500"
            "0504000100000000"
            "0000");
}

TEST_F(SocksTest, AClientThatSpeaksSomethingElseIsLeft) {
  tcp::socket near = dial();
  say(near, "160301020001");
  EXPECT_EQ(hear_all(near), "");
  near.close();
  EXPECT_TRUE(run_until(context, [&] { return socks->unanswered() == 0; }));
  EXPECT_TRUE(server->recorder.has("by SOCKS, refused: not a request in SOCKS"));
}

TEST_F(SocksTest, AnHttpClientIsConnectedAfterItsRequestAndAnsweredBeforeAnythingElse) {
  tcp::socket near = dial();
  const auto port = target.local_endpoint().port();
  for (const char byte : fmt::format("CONNECT 127.0.0.1:{} HTTP/1.1\r\n\r\n", port))
    say(near, hex_of(std::string_view(&byte, 1)));
  tcp::socket far = answer();
  const std::string_view told = "HTTP/1.1 200 Connection established\r\n\r\n";
  EXPECT_EQ(hear(near, told.size()), hex_of(told));
  expect_both_ways(near, far);
  EXPECT_EQ(socks->unanswered(), 0U);
}

TEST_F(SocksTest, AnHttpRequestIsSentOnAndItsAnswerComesBack) {
  tcp::socket near = dial();
  const auto port = target.local_endpoint().port();
  say(near, hex_of(fmt::format("GET http://127.0.0.1:{}/x HTTP/1.1\r\nProxy-A: b\r\n\r\n", port)));
  tcp::socket far = answer();
  const std::string sent =
      fmt::format("GET /x HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", port);
  EXPECT_EQ(hear(far, sent.size()), hex_of(sent));
  expect_both_ways(near, far);
}

TEST_F(SocksTest, AnHttpClientHearsWhyItIsNotConnected) {
  const auto told = [this](const std::string& to) {
    tcp::socket near = dial();
    say(near, hex_of(fmt::format("CONNECT {} HTTP/1.1\r\n\r\n", to)));
    const Bytes bytes = from_hex(hear_all(near));
    return std::string(bytes.begin(), bytes.end());
  };
  EXPECT_TRUE(told("10.0.0.1:1").starts_with("HTTP/1.1 403 Forbidden\r\n"));
  EXPECT_TRUE(
      told("10.0.0.1:1")
          .ends_with(
              "Could not connect to 10.0.0.1:1: the other end does not allow it: start it with --allow 10.0.0.1:1\n"));
  EXPECT_TRUE(told("127.0.0.1:1").starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
  EXPECT_TRUE(server->recorder.has("by HTTP, to 127.0.0.1:1: the target refused the connection"));
}

TEST_F(SocksTest, AClientThatGoesWhileItWaitsIsForgotten) {
  tcp::socket near = dial();
  say(near, "050100");
  EXPECT_EQ(hear(near, 2), "0500");
  EXPECT_EQ(socks->unanswered(), 1U);
  near.close();
  EXPECT_TRUE(run_until(context, [&] { return socks->unanswered() == 0; }));
}

TEST_F(SocksTest, ClientsThatStallKeepNobodyOut) {
  std::vector<tcp::socket> silent;
  for (std::size_t i = 0; i < ProxyServer::kMaxUnanswered; ++i) silent.push_back(dial());
  ASSERT_TRUE(run_until(context, [&] { return socks->unanswered() == ProxyServer::kMaxUnanswered; }));
  tcp::socket near = dial();
  say(near,
      "050100"
      "050100017f000001" +
          port_of_target());
  tcp::socket far = answer();
  EXPECT_EQ(hear(near, 12).substr(0, 8),
            "0500"
            "0500");
  expect_both_ways(near, far);
  EXPECT_EQ(receive(silent.front()).end, asio::error::eof);
  say(silent.back(), "050100");
  EXPECT_EQ(hear(silent.back(), 2), "0500");
}

TEST_F(SocksTest, AClientThatStallsIsLeftAfterAWhile) {
  start({.patience = 50ms}, {});
  tcp::socket near = dial();
  say(near, "0501");
  EXPECT_EQ(hear_all(near), "");
  EXPECT_TRUE(server->recorder.has("by SOCKS, disconnected: it has not sent a request in time"));
}

TEST_F(SocksTest, DatagramsGoWhereEachSaysAndAnswersComeBack) {
  tcp::socket near = dial();
  const auto relay = associate(near);
  auto asker = datagram_socket();
  auto one = datagram_socket();
  auto other = datagram_socket();
  const std::string to_one = "000000017f000001" + hex_of_port(one.local_endpoint().port());
  const std::string to_other =
      "0000000309" + hex_of("localhost") + hex_of_port(other.local_endpoint().port());
  send_datagram(asker, to_one + hex_of("first"), relay);
  const Datagram first = receive_datagram(one);
  EXPECT_EQ(first.bytes, hex_of("first"));
  send_datagram(asker, to_other, relay);
  const Datagram second = receive_datagram(other);
  EXPECT_EQ(second.bytes, "") << "an empty one is one, too";
  send_datagram(one, hex_of("answer"), first.from);
  EXPECT_EQ(receive_datagram(asker).bytes, to_one + hex_of("answer"));
  send_datagram(other, "", second.from);
  EXPECT_EQ(receive_datagram(asker).bytes, "000000017f000001" + hex_of_port(other.local_endpoint().port()));
  EXPECT_EQ(datagram_targets->associations(), 1U);
  near.close();
  EXPECT_TRUE(run_until(context, [&] { return datagram_targets->associations() == 0; }));
  EXPECT_EQ(socks->unanswered(), 0U);
  EXPECT_TRUE(server->recorder.has("2 datagrams sent, 2 received")) << server->recorder.all();
}

TEST_F(SocksTest, DatagramsOfOthersAreNotTakenForTheClients) {
  tcp::socket near = dial();
  const auto relay = associate(near);
  auto asker = datagram_socket();
  auto stranger = datagram_socket();
  auto far = datagram_socket();
  const std::string to_far = "000000017f000001" + hex_of_port(far.local_endpoint().port());
  send_datagram(asker, to_far + hex_of("first"), relay);
  const Datagram first = receive_datagram(far);
  send_datagram(stranger, to_far + hex_of("not mine"), relay);
  send_datagram(asker, to_far + hex_of("second"), relay);
  EXPECT_EQ(receive_datagram(far).bytes, hex_of("second"));
  send_datagram(stranger, hex_of("nobody asked me"), first.from);
  send_datagram(far, hex_of("answer"), first.from);
  EXPECT_EQ(receive_datagram(asker).bytes, to_far + hex_of("answer"));
}

TEST_F(SocksTest, ARelayBelongsToTheAddressOfItsControlConnectionAndToItsFirstDatagram) {
  tcp::socket near = dial();
  const auto relay = associate(near);
  auto asker = datagram_socket();
  auto junk = datagram_socket();
  asio::ip::udp::socket elsewhere(context, {asio::ip::make_address("127.0.0.2"), 0});
  auto far = datagram_socket();
  const std::string to_far = "000000017f000001" + hex_of_port(far.local_endpoint().port());
  send_datagram(elsewhere, to_far + hex_of("from another address"), relay);
  for (const char* bad : {"", "00", "0000000501", "010000017f0000010001", "000000017f0000"})
    send_datagram(junk, bad, relay);
  send_datagram(asker, to_far + hex_of("mine"), relay);
  const Datagram first = receive_datagram(far);
  EXPECT_EQ(first.bytes, hex_of("mine"));
  send_datagram(far, hex_of("answer"), first.from);
  EXPECT_EQ(receive_datagram(asker).bytes, to_far + hex_of("answer"));
}

TEST_F(SocksTest, DatagramsGoToANameThatIsAllowed) {
  // It leads to an address that no pattern covers.
  start({.patience = kHang}, {fmt::format("{}:*", asio::ip::host_name())});
  const auto found = Resolver::system_lookup(asio::ip::host_name(), Family::ipv4);
  if (!found || found->empty()) GTEST_SKIP() << "this machine does not know its own name";
  asio::ip::udp::socket far(context, {found->front(), 0});
  far.non_blocking(true);
  tcp::socket near = dial();
  const auto relay = associate(near);
  auto asker = datagram_socket();
  const std::string name = asio::ip::host_name();
  const std::string to = "00000003" + to_hex(Bytes{static_cast<Byte>(name.size())}) + hex_of(name) +
                         hex_of_port(far.local_endpoint().port());
  send_datagram(asker, to + hex_of("hello"), relay);
  EXPECT_EQ(receive_datagram(far).bytes, hex_of("hello")) << client->recorder.all();
}

TEST_F(SocksTest, DatagramsToANameThatIsLocalhostReachTheFamilyThatListens) {
  asio::ip::udp::socket far(context, {asio::ip::address_v6::loopback(), 0});
  far.non_blocking(true);
  tcp::socket near = dial();
  const auto relay = associate(near);
  auto asker = datagram_socket();
  const std::string to = "0000000309" + hex_of("localhost") + hex_of_port(far.local_endpoint().port());
  send_datagram(asker, to + hex_of("lost"), relay);
  ASSERT_TRUE(run_until(context, [&] { return client->recorder.has("nobody listens at 127.0.0.1:"); }));
  send_datagram(asker, to + hex_of("again"), relay);
  EXPECT_EQ(receive_datagram(far).bytes, hex_of("again"));
}

TEST_F(SocksTest, WhatIsNoDatagramOfSocksIsDropped) {
  tcp::socket near = dial();
  const auto relay = associate(near);
  auto asker = datagram_socket();
  auto far = datagram_socket();
  const std::string port = hex_of_port(far.local_endpoint().port());
  for (const std::string& bad :
       {std::string(), std::string("0000"), std::string("000000"), std::string("00000005"),
        "000001017f000001" + port + hex_of("a fragment"), "00000001" + port}) {
    send_datagram(asker, bad, relay);
  }
  send_datagram(asker, "000000017f000001" + port + hex_of("good"), relay);
  EXPECT_EQ(receive_datagram(far).bytes, hex_of("good"));
}

TEST_F(SocksTest, DatagramsToWhereItIsNotAllowedAreDroppedAndToldOfOnce) {
  tcp::socket near = dial();
  const auto relay = associate(near);
  auto asker = datagram_socket();
  auto far = datagram_socket();
  send_datagram(asker, "000000010a0000010035" + hex_of("no"), relay);
  send_datagram(asker, "000000010a0000020035" + hex_of("no"), relay);
  send_datagram(asker, "000000017f000001" + hex_of_port(far.local_endpoint().port()) + hex_of("yes"), relay);
  EXPECT_EQ(receive_datagram(far).bytes, hex_of("yes"));
  EXPECT_TRUE(client_says("--allow 10.0.0.1:53"));
  EXPECT_FALSE(client_says("10.0.0.2"));
}

TEST_F(SocksTest, AnEndThatAllowsNothingEndsTheAssociation) {
  client->driver.connections().add(
      std::make_unique<DatagramTargets>(client->driver.connections(),
                                        DatagramRelay::Config{.allowed = AllowList()}),
      services::kDatagrams);
  tcp::socket near = dial();
  associate(near);
  EXPECT_EQ(hear_all(near), "");
  EXPECT_TRUE(server->recorder.has("the other end does not allow it")) << server->recorder.all();
  EXPECT_TRUE(client_says("--allow HOST:PORT"));
}

TEST_F(SocksTest, TheEndOfTheProgramEndsTheWaitingClients) {
  tcp::socket near = dial();
  say(near, "050100");
  EXPECT_EQ(hear(near, 2), "0500");
  server->driver.stop();
  EXPECT_TRUE(run_until(context, [&] { return server->outcome.has_value(); }));
  EXPECT_TRUE(receive(near).end);
}

}  // namespace
}  // namespace serialtcp::io
