// UDP services: real sockets at both ends of two drivers.
#include <algorithm>
#include <vector>

#include "driver_fixture.h"
#include "os/clock.h"
#include "service/udp_listener.h"
#include "service/udp_target.h"

namespace serialtcp::io {
namespace {

class DriverUdp : public DriverTest {
 protected:
  DriverUdp() { target_.non_blocking(true); }

  // The fixture's functions of the same names are for TCP.

  static Purpose dns() {
    Purpose purpose("dns");
    purpose.kind = StreamKind::datagrams;
    return purpose;
  }

  void set_up(const DatagramTerms& near = {}, const DatagramTerms& far = {}, const Target& to = {}) {
    auto listener = UdpListener::listen(server->driver.connections(), {"localhost", 0}, dns(), near);
    ASSERT_TRUE(listener) << listener.error();
    at_ = (*listener)->address();
    server->driver.connections().add(std::move(*listener));
    const Target there = to.host.empty() ? Target{"127.0.0.1", target_.local_endpoint().port()} : to;
    client->driver.connections().offer(
        "dns", std::make_unique<UdpTarget>(client->driver.connections(), "dns", there, far));
    ASSERT_TRUE(
        run_until(context, [&] { return server->recorder.links_up > 0 && client->recorder.links_up > 0; }));
  }

  udp::socket client_socket() {
    udp::socket socket(context, udp::endpoint(asio::ip::address_v4::loopback(), 0));
    socket.non_blocking(true);
    return socket;
  }
  void send(udp::socket& socket, const Bytes& bytes) { socket.send_to(asio::buffer(bytes), at_); }

  struct Datagram {
    Bytes bytes;
    udp::endpoint from;
  };
  std::optional<Datagram> receive(udp::socket& socket) {
    Datagram got{datagram_buffer(), {}};
    const bool came = run_until(context, [&] {
      ErrorCode error;
      const std::size_t size = socket.receive_from(asio::buffer(got.bytes), got.from, 0, error);
      if (error) return false;
      got.bytes.resize(size);
      return true;
    });
    return came ? std::optional(got) : std::nullopt;
  }

  udp::socket target_{context, udp::endpoint(asio::ip::address_v4::loopback(), 0)};
  udp::endpoint at_;
};

TEST_F(DriverUdp, DatagramsOfAnySizeGoThereAndTheirAnswersComeBackToWhoAsked) {
  set_up();
  udp::socket one = client_socket();
  udp::socket other = client_socket();
  for (const std::size_t size : {0U, 1U, 1400U, 65507U}) {
    for (udp::socket* const socket : {&one, &other}) {
      send(*socket, pattern(size));
      const auto asked = receive(target_);
      ASSERT_TRUE(asked);
      EXPECT_EQ(asked->bytes, pattern(size));
      const Bytes answer = pattern(size, 2 + socket->local_endpoint().port());
      target_.send_to(asio::buffer(answer), asked->from);
      const auto answered = receive(*socket);
      ASSERT_TRUE(answered);
      EXPECT_EQ(answered->bytes, answer);
      EXPECT_EQ(answered->from, at_);
    }
  }
  EXPECT_TRUE(server->recorder.has("'dns' UDP from 127.0.0.1:")) << server->recorder.all();
  EXPECT_TRUE(client->recorder.has("'dns' to udp:127.0.0.1:")) << client->recorder.all();
  EXPECT_EQ(client->driver.stats().streams_opened, 2U) << "one a client";
}

TEST_F(DriverUdp, AnAssociationThatNobodyUsesEndsAtBothEnds) {
  set_up({.idle = 50ms});
  udp::socket asker = client_socket();
  send(asker, {1});
  ASSERT_TRUE(receive(target_));
  EXPECT_TRUE(run_until(
      context, [&] { return server->driver.stats().streams_now + client->driver.stats().streams_now == 0; }));
  EXPECT_TRUE(server->recorder.has("closed after 0.05 s without a datagram, 1 datagrams sent, 0 received"))
      << server->recorder.all();
  EXPECT_TRUE(client->recorder.has("closed by the other end, 0 datagrams sent, 1 received"))
      << client->recorder.all();
  send(asker, {2});
  EXPECT_TRUE(receive(target_)) << "and begins anew";
}

TEST_F(DriverUdp, ATargetWhereNobodyListensIsAskedAgain) {
  const udp::endpoint there = target_.local_endpoint();
  target_.close();
  set_up({}, {}, {"127.0.0.1", there.port()});
  udp::socket asker = client_socket();
  for (int i = 0; i < 3; ++i) {
    send(asker, {1});
    ASSERT_TRUE(run_until(context, [&, i] {
      return client->driver.stats().datagrams_received > static_cast<std::uint64_t>(i);
    }));
  }
  target_ = udp::socket(context, there);
  target_.non_blocking(true);
  send(asker, {7});
  const auto got = receive(target_);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->bytes, Bytes{7});
}

TEST_F(DriverUdp, AListenerAnswersFromTheAddressThatWasWrittenTo) {
  auto listener = UdpListener::listen(server->driver.connections(), {"*", 0}, dns(), {});
  ASSERT_TRUE(listener) << listener.error();
  const std::uint16_t port = (*listener)->address().port();
  server->driver.connections().add(std::move(*listener));
  const Target there{"127.0.0.1", target_.local_endpoint().port()};
  client->driver.connections().offer(
      "dns", std::make_unique<UdpTarget>(client->driver.connections(), "dns", there, DatagramTerms{}));
  ASSERT_TRUE(
      run_until(context, [&] { return server->recorder.links_up > 0 && client->recorder.links_up > 0; }));
  udp::socket asker = client_socket();
  udp::socket six(context, udp::endpoint(asio::ip::address_v6::loopback(), 0));
  six.non_blocking(true);
  for (const char* text : {"127.0.0.1", "127.0.0.2", "127.1.2.3", "::1"}) {
    const udp::endpoint to(asio::ip::make_address(text), port);
    udp::socket& socket = to.address().is_v6() ? six : asker;
    socket.send_to(asio::buffer(pattern(100)), to);
    const auto asked = receive(target_);
    ASSERT_TRUE(asked) << text;
    target_.send_to(asio::buffer(pattern(50)), asked->from);
    const auto answered = receive(socket);
    ASSERT_TRUE(answered) << text;
    EXPECT_EQ(answered->from, to);
  }
  EXPECT_EQ(client->driver.stats().streams_opened, 4U) << "one for each address that a client writes to";
}

TEST_F(DriverUdp, ATargetThatRefusesIsToldAndTheClientHearsOfItIfThatIsPermitted) {
  const udp::endpoint there = target_.local_endpoint();
  target_.close();
  set_up({}, {}, {"127.0.0.1", there.port()});
  udp::socket asker = client_socket();
  asker.connect(at_);
  send(asker, {1});
  EXPECT_TRUE(run_until(context, [&] { return server->recorder.has("the target refused"); }))
      << server->recorder.all();
  EXPECT_TRUE(client->recorder.has("nobody listens there")) << client->recorder.all();
  const int raw = ::socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  if (raw < 0) {
    EXPECT_TRUE(server->recorder.has("this takes the capability CAP_NET_RAW")) << server->recorder.all();
    return;
  }
  ::close(raw);
  EXPECT_TRUE(run_until(context, [&] {
    ErrorCode error;
    Bytes room(10);
    asker.receive(asio::buffer(room), 0, error);
    return error == asio::error::connection_refused;
  }));
}

TEST_F(DriverUdp, LocalhostIsTheFamilyThatListens) {
  udp::socket six(context, udp::endpoint(asio::ip::address_v6::loopback(), 0));
  six.non_blocking(true);
  set_up({}, {}, {"localhost", six.local_endpoint().port()});
  udp::socket asker = client_socket();
  send(asker, {7});
  const auto asked = receive(six);
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->bytes, Bytes{7}) << "the first one, too";
  six.send_to(asio::buffer(pattern(10)), asked->from);
  EXPECT_TRUE(receive(asker));
}

/// Like TFTP: a request to the known port is answered from another one, to which the rest is sent.
TEST_F(DriverUdp, AnswersMayComeFromAnyPortIfThatIsSaid) {
  auto listener = UdpListener::listen(server->driver.connections(), {"localhost", 0}, dns(), {});
  ASSERT_TRUE(listener);
  at_ = (*listener)->address();
  server->driver.connections().add(std::move(*listener));
  const Target there{"localhost", target_.local_endpoint().port(), Family::ipv4};
  client->driver.connections().offer(
      "dns", std::make_unique<UdpTarget>(client->driver.connections(), "dns", there, DatagramTerms{},
                                         UdpTarget::Answers::from_any_port));
  ASSERT_TRUE(
      run_until(context, [&] { return server->recorder.links_up > 0 && client->recorder.links_up > 0; }));
  udp::socket asker = client_socket();
  send(asker, {1});
  const auto request = receive(target_);
  ASSERT_TRUE(request);
  udp::socket transfer = client_socket();
  udp::socket second = client_socket();  // begun by a repeated request
  transfer.send_to(asio::buffer(pattern(20)), request->from);
  ASSERT_TRUE(receive(asker));
  second.send_to(asio::buffer(pattern(30)), request->from);
  send(asker, {2});
  const auto next = receive(transfer);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->bytes, Bytes{2});
  transfer.send_to(asio::buffer(pattern(40)), request->from);
  const auto answer = receive(asker);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->bytes.size(), 40U) << "and nothing of the second";
  // The transfer is over. The same client requests another one.
  transfer.close();
  send(asker, {3});
  const auto again = receive(target_);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->bytes, Bytes{3});
}

TEST_F(DriverUdp, ANameThatDoesNotResolveIsSaidAtTheOtherEndToo) {
  set_up({}, {}, {"does-not-exist.invalid", 53});
  udp::socket asker = client_socket();
  send(asker, {1});
  EXPECT_TRUE(run_until(context, [&] { return server->recorder.has("the target's name was not found"); }))
      << server->recorder.all();
}

TEST_F(DriverUdp, NoMoreAssociationsThanThereMayBeAreKeptTheIdlestGo) {
  set_up();
  std::vector<udp::socket> askers;
  for (std::size_t i = 0; i < Associations::kMost + 20; ++i) {
    askers.push_back(client_socket());
    // Of many new clients at once some are dropped.
    Time again{};
    ASSERT_TRUE(run_until(context, [&] {
      if (now() >= again) send(askers.back(), {1});
      if (now() >= again) again = now() + 20ms;
      return server->driver.stats().streams_opened > i;
    }));
    ASSERT_TRUE(receive(target_)) << i;
  }
  EXPECT_EQ(server->driver.stats().streams_opened, askers.size());
  EXPECT_TRUE(run_until(context, [&] { return server->driver.stats().streams_now == Associations::kMost; }));
  EXPECT_TRUE(run_until(context, [&] { return client->driver.stats().streams_now == Associations::kMost; }));
  send(askers.back(), {9});
  ASSERT_TRUE(receive(target_));
  EXPECT_EQ(server->driver.stats().streams_opened, askers.size()) << "it still has its own";
  const auto told = std::ranges::count_if(server->recorder.texts, [](const std::string& text) {
    return text.find("UDP from") != std::string::npos;
  });
  EXPECT_LE(static_cast<std::size_t>(told), Associations::kMost / 2) << "nor does it fill the log";
}

TEST_F(DriverUdp, WhatExceedsALimitIsDropped) {
  set_up({.limit = 100});
  udp::socket asker = client_socket();
  for (int i = 0; i < 40; ++i) send(asker, pattern(1000));
  ASSERT_TRUE(run_until(context, [&] { return client->driver.stats().datagrams_received > 1; }));
  // 1500 at once, and the second is longer than what is left; the third would have to wait 5 s, and is
  // dropped.
  const Time later = now() + 200ms;
  EXPECT_TRUE(run_until(context, [&] { return now() > later; }));
  EXPECT_LE(client->driver.stats().datagrams_received, 3U);
}

TEST_F(DriverUdp, AServiceOfTheOtherKindIsRefusedAndBothEndsSayWhy) {
  set_up();
  udp::socket asker = client_socket();
  Purpose purpose("dns");
  auto listener = TcpListener::listen(context, {"localhost", 0}, server->recorder);
  ASSERT_TRUE(listener);
  address = (*listener)->address();
  server->driver.serve(purpose, std::move(*listener));
  tcp::socket near = dial();
  EXPECT_EQ(DriverTest::receive(near).end, asio::error::connection_reset);
  EXPECT_TRUE(client->recorder.has("it is no UDP for 'dns', which is UDP at this end"))
      << client->recorder.all();
}

TEST_F(DriverUdp, AUdpServiceThatIsTcpAtTheOtherEndIsRefused) {
  Purpose purpose;
  purpose.kind = StreamKind::datagrams;
  auto listener = UdpListener::listen(server->driver.connections(), {"localhost", 0}, purpose, {});
  ASSERT_TRUE(listener);
  at_ = (*listener)->address();
  server->driver.connections().add(std::move(*listener));
  ASSERT_TRUE(
      run_until(context, [&] { return server->recorder.links_up > 0 && client->recorder.links_up > 0; }));
  udp::socket asker = client_socket();
  send(asker, {1});
  EXPECT_TRUE(run_until(context, [&] {
    return client->recorder.has("it is UDP for the service without a name, which is no UDP at this end");
  })) << client->recorder.all();
  EXPECT_TRUE(run_until(context, [&] { return server->recorder.has("offers no service of this name"); }))
      << server->recorder.all();
}

TEST_F(DriverUdp, APortThatIsTakenIsAMessage) {
  const auto taken = UdpListener::listen(server->driver.connections(),
                                         {"127.0.0.1", target_.local_endpoint().port()}, dns(), {});
  ASSERT_FALSE(taken);
  EXPECT_NE(taken.error().find("Could not listen on udp:127.0.0.1:"), std::string::npos) << taken.error();
}

}  // namespace
}  // namespace serialtcp::io
