// Listening at the other end, with real sockets: what connects there reaches its target here, as long as the
// listener is requested.
#include "forward_fixture.h"
#include "net/address.h"
#include "service/listen_requests.h"
#include "service/remote_listeners.h"

namespace serialtcp::io {
namespace {

/// The server's end listens, requested by the client's end.
struct RemoteListening : DriverTest {
  using DriverTest::DriverTest;

  void allow(const std::vector<std::string>& texts) {
    Connections& connections = server->driver.connections();
    connections.add(std::make_unique<RemoteListeners>(
                        connections, RemoteListeners::Config{.allowed = allow_list(texts, AllowedTo::listen),
                                                             .patience = patience}),
                    services::kListen);
  }

  void ask(const std::string& host, std::uint16_t port) {
    Connections& connections = client->driver.connections();
    const Target to{"127.0.0.1", target.local_endpoint().port()};
    connections.add(std::make_unique<ListenRequests>(
                        connections, ListenRequests::Config{.wishes = {{to_address(host, port), to}}}),
                    services::kForwarded);
  }

  bool says(End& end, std::string_view what) {
    return run_until(context, [&] { return end.recorder.has(what); });
  }

  /// Where the server's end listens for the client's end; dial() connects there from now on.
  std::uint16_t listening() {
    constexpr std::string_view kBegin = "the other end listens on 127.0.0.1:";
    EXPECT_TRUE(says(*client, kBegin)) << client->recorder.all();
    EXPECT_TRUE(server->recorder.has("as requested by the other end")) << server->recorder.all();
    for (const std::string& text : client->recorder.texts) {
      if (!text.starts_with(kBegin)) continue;
      address = {asio::ip::address_v4::loopback(),
                 static_cast<std::uint16_t>(std::stoul(text.substr(kBegin.size())))};
    }
    return address.port();
  }

  bool refuses_connections() {
    tcp::socket socket(context);
    ErrorCode error;
    socket.connect(address, error);
    return error == asio::error::connection_refused;
  }

  void expect_not_listening(const std::string& host, std::uint16_t port, const std::string& why_there,
                            const std::string& why_here) {
    ask(host, port);
    EXPECT_TRUE(says(*client, why_here)) << client->recorder.all();
    EXPECT_TRUE(server->recorder.has(why_there)) << server->recorder.all();
  }

  Duration patience = kRequestPatience;
};

struct RemoteListeningWithoutHold : RemoteListening {
  RemoteListeningWithoutHold() : RemoteListening({.hold = 0s}) {}
};

TEST_F(RemoteListening, LetsConnectionsThereComeOutHere) {
  allow({"localhost:*"});
  ask("localhost", 0);
  EXPECT_NE(listening(), 0);
  auto [near, far] = connect();
  send(near, pattern(50'000));
  near.shutdown(tcp::socket::shutdown_send);
  EXPECT_EQ(receive(far).bytes, pattern(50'000));
  send(far, pattern(20'000, 2));
  far.close();
  EXPECT_EQ(receive(near).bytes, pattern(20'000, 2));
  EXPECT_TRUE(client->recorder.has("at the other end to 127.0.0.1:")) << client->recorder.all();
}

TEST_F(RemoteListening, IsRefusedToAnAddressThatIsWrittenAsAName) {
  allow({"*.lan:*"});
  ASSERT_TRUE(run_until(context, [&] { return client->recorder.links_up > 0; }));
  for (const char* host :
       {"::%x.lan", "0.0.0.0%x.lan", "0", "0.0.0.0.", "::ffff:0.0.0.0%x.lan", "::1%x.lan", "*", "*.lan"}) {
    const auto probe =
        Probe::open(*client, services::kListen, wire::preface(wire::Listen{0, {std::string(host), 0}}));
    EXPECT_TRUE(run_until(context, [&] { return probe->was_reset.has_value(); })) << host;
    EXPECT_EQ(probe->was_reset, ResetReason::not_allowed) << host;
  }
  EXPECT_FALSE(server->recorder.has("listening on")) << server->recorder.all();
}

TEST_F(RemoteListening, ThatOthersCanReachIsWarnedOfWhereItListens) {
  allow({"*:*"});
  ask("0.0.0.0", 0);
  EXPECT_TRUE(says(*server, "WARNING: whoever can reach 0.0.0.0:")) << server->recorder.all();
}

TEST_F(RemoteListening, OnLocalhostIsInBothFamilies) {
  allow({"localhost:*"});
  ask("localhost", 0);
  const std::uint16_t port = listening();
  EXPECT_TRUE(server->recorder.has(fmt::format("listening on [::1]:{} as requested by the other end", port)));
  address = {asio::ip::address_v6::loopback(), port};
  auto [near, far] = connect();
  send(near, pattern(1000));
  EXPECT_EQ(receive(far, 1000).bytes, pattern(1000));
  EXPECT_FALSE(server->recorder.has("WARNING"));
}

TEST_F(RemoteListeningWithoutHold, IsAskedForAgainOnEachLink) {
  allow({"localhost:*"});
  ask("localhost", 0);
  listening();
  cable.unplug();
  EXPECT_TRUE(says(*server, "has ended: ")) << server->recorder.all();
  client->recorder.texts.clear();
  cable.plug();
  listening();
  auto [near, far] = connect();
  send(near, pattern(1000));
  EXPECT_EQ(receive(far, 1000).bytes, pattern(1000));
}

TEST_F(RemoteListening, EndsWithTheLink) {
  allow({"localhost:*"});
  ask("localhost", 0);
  listening();
  client->driver.stop();
  EXPECT_TRUE(says(*server, "listening on 127.0.0.1:"));
  EXPECT_TRUE(says(*server, "has ended")) << server->recorder.all();
  EXPECT_TRUE(refuses_connections());
}

TEST_F(RemoteListening, LetsClientsWaitWhileTheOtherEndDelivers) {
  allow({"localhost:*"});
  ask("localhost", 0);
  listening();
  tcp::socket near = dial_with_small_window();
  tcp::socket far = answer();
  const Bytes bytes = fill(far);
  far.shutdown(tcp::socket::shutdown_send);
  client->driver.stop();
  EXPECT_TRUE(says(*client, "left to deliver before the end"));
  tcp::socket late = dial();
  EXPECT_TRUE(receive(near).bytes == bytes);
  EXPECT_TRUE(says(*server, "has ended")) << server->recorder.all();
  EXPECT_FALSE(server->recorder.has("\n2: from")) << server->recorder.all();
  EXPECT_EQ(receive(late).end, asio::error::connection_reset);
}

TEST_F(RemoteListening, EndsWhenItIsNotWantedAnyMore) {
  allow({"127.0.0.1:*"});
  ASSERT_TRUE(run_until(context, [&] { return client->recorder.links_up > 0; }));
  const auto wish =
      Probe::open(*client, services::kListen, wire::preface(wire::Listen{7, to_address("127.0.0.1", 0)}));
  ASSERT_TRUE(run_until(context, [&] { return wish->got.size() == 7; }));
  EXPECT_TRUE(says(*server, "listening on 127.0.0.1:"));
  wish->shut();
  EXPECT_TRUE(says(*server, "has ended: closed by the other end")) << server->recorder.all();
  EXPECT_TRUE(run_until(context, [&] { return wish->was_closed; }));
}

TEST_F(RemoteListening, ThatIsNotAllowedSaysAtBothEndsWhatWouldAllowIt) {
  allow({"localhost:1-1000"});
  expect_not_listening(
      "127.0.0.1", 8080, "wants to listen on 127.0.0.1:8080: not allowed: start this end with --allow-listen",
      "could not listen on 127.0.0.1:8080 at the other end: the other end does not allow it: start it with "
      "--allow-listen 127.0.0.1:8080");
}

TEST_F(RemoteListening, OnANameWhoseAddressesAreNotAllowedIsRefused) {
  allow({"10.0.0.0/8:*"});
  expect_not_listening("localhost", 8080, "not allowed: start this end with --allow-listen localhost:8080",
                       "start it with --allow-listen localhost:8080");
}

TEST_F(RemoteListening, OnANameThatDoesNotExistIsRefused) {
  allow({"x.invalid:*"});
  expect_not_listening("x.invalid", 8080, "the name has no address", "there is no host of that name");
}

TEST_F(RemoteListening, OnAPortThatIsTakenSaysSo) {
  allow({"127.0.0.1:*"});
  expect_not_listening("127.0.0.1", target.local_endpoint().port(), "another program listens there already",
                       "another program listens there already: end it, or choose another port");
}

TEST_F(RemoteListening, OnAnAddressThatTheOtherEndDoesNotHaveSaysSo) {
  allow({"*:*"});
  expect_not_listening("192.0.2.1", 8080, "this machine does not have that address",
                       "the other end does not have that address");
}

TEST_F(RemoteListening, IsNotForAnEndThatHasNoForwarding) {
  ask("localhost", 0);
  EXPECT_TRUE(says(*client, "the other end is of an older version, which cannot do this"))
      << client->recorder.all();
}

TEST_F(RemoteListening, IsBoundedInNumberAndMakesRoomAgain) {
  allow({"127.0.0.1:*"});
  ASSERT_TRUE(run_until(context, [&] { return client->recorder.links_up > 0; }));
  const Bytes wish = wire::preface(wire::Listen{0, to_address("127.0.0.1", 0)});
  std::vector<std::shared_ptr<Probe>> probes;
  for (std::size_t i = 0; i < RemoteListeners::kMaxListeners; ++i)
    probes.push_back(Probe::open(*client, services::kListen, wish));
  EXPECT_TRUE(run_until(context, [&] { return probes.back()->got.size() == 7; }));
  const auto one_more = Probe::open(*client, services::kListen, wish);
  EXPECT_TRUE(run_until(context, [&] { return one_more->was_reset.has_value(); }));
  EXPECT_EQ(one_more->was_reset, ResetReason::no_resources);
  EXPECT_TRUE(server->recorder.has("wants to listen at more than 64 places")) << server->recorder.all();
  probes.front()->shut();
  EXPECT_TRUE(run_until(context, [&] { return probes.front()->was_closed; }));
  const auto another = Probe::open(*client, services::kListen, wish);
  EXPECT_TRUE(run_until(context, [&] { return another->got.size() == 7; }));
}

TEST_F(RemoteListening, ThatIsNotSaidInTimeOrIsMalformedIsReset) {
  patience = 50ms;
  allow({"*:*"});
  ASSERT_TRUE(run_until(context, [&] { return client->recorder.links_up > 0; }));
  const auto slow = Probe::open(*client, services::kListen, Bytes{0, 0, 1, 127});
  const auto malformed = Probe::open(*client, services::kListen, Bytes{0, 0, 9});
  EXPECT_TRUE(run_until(context, [&] { return slow->was_reset && malformed->was_reset; }));
  EXPECT_EQ(slow->was_reset, ResetReason::timed_out);
  EXPECT_EQ(malformed->was_reset, ResetReason::failed);
}

TEST_F(RemoteListening, ThatWasNotAskedForHasNoConnections) {
  ask("localhost", 0);
  ASSERT_TRUE(run_until(context, [&] { return server->recorder.links_up > 0; }));
  const auto stray = Probe::open(*server, services::kForwarded,
                                 wire::preface(wire::Forwarded{1, to_address("127.0.0.1", 5)}));
  EXPECT_TRUE(run_until(context, [&] { return stray->was_reset.has_value(); }));
  EXPECT_TRUE(client->recorder.has("it is for a listener that this end has not requested"))
      << client->recorder.all();
}

}  // namespace
}  // namespace serialtcp::io
