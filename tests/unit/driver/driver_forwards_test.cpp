// Connections to addresses that the other end names, with real sockets: which ones are made, which are
// refused, and what each end logs.
#include "forward_fixture.h"
#include "net/address.h"
#include "os/clock.h"
#include "service/forward_request.h"
#include "service/forward_targets.h"
#include "service/local_forward.h"

namespace serialtcp::io {
namespace {

struct DriverForwards : DriverTest {
  /// Sets what the client's end permits. The link is up afterwards.
  void allow(const std::vector<std::string>& texts, Duration patience = kRequestPatience) {
    Connections& connections = client->driver.connections();
    connections.add(std::make_unique<ForwardTargets>(
                        connections, ForwardTargets::Config{.allowed = allow_list(texts, AllowedTo::connect),
                                                            .patience = patience}),
                    services::kForward);
    ASSERT_TRUE(run_until(context, [&] { return server->recorder.links_up > 0; }));
  }

  std::uint16_t port() const { return target.local_endpoint().port(); }

  /// dial() connects there from now on.
  void forward(const std::string& host, std::uint16_t to_port) {
    auto listener = TcpListener::listen(context, {"localhost", 0}, server->recorder);
    ASSERT_TRUE(listener);
    address = (*listener)->address();
    io::forward(server->driver.connections(), to_address(host, to_port), std::move(*listener));
  }

  std::shared_ptr<Probe> probe(ByteView preface) { return Probe::open(*server, services::kForward, preface); }

  Bytes request(const std::string& host, wire::Answer answer = wire::Answer::none) const {
    return wire::preface(wire::Forward{to_address(host, port()), answer});
  }

  /// A connection that must fail: both ends log the reason.
  void expect_refused(const std::string& host, const std::string& there, const std::string& here) {
    forward(host, port());
    tcp::socket near = dial();
    EXPECT_EQ(receive(near).end, asio::error::connection_reset);
    EXPECT_TRUE(client->recorder.has(there)) << client->recorder.all();
    EXPECT_TRUE(server->recorder.has(here)) << server->recorder.all();
  }
};

TEST_F(DriverForwards, ComeOutAtTheAddressThatWasNamed) {
  allow({fmt::format("127.0.0.1:{}", port())});
  forward("127.0.0.1", port());
  auto [near, far] = connect();
  send(near, pattern(100'000));
  EXPECT_EQ(receive(far, 100'000).bytes, pattern(100'000));
  send(far, pattern(50'000, 2));
  EXPECT_EQ(receive(near, 50'000).bytes, pattern(50'000, 2));
  EXPECT_TRUE(server->recorder.has(fmt::format(" to 127.0.0.1:{}", port()))) << server->recorder.all();
  EXPECT_TRUE(client->recorder.has(fmt::format("to 127.0.0.1:{}", port()))) << client->recorder.all();
}

TEST_F(DriverForwards, ToAnAddressThatIsWrittenAsANameAreJudgedAsTheAddress) {
  allow({"*.lan:*"});
  const std::string text = fmt::format(":{}", port());
  for (const char* host :
       {"127.0.0.1", "127.1", "0x7f.1", "::ffff:127.0.0.1%x.lan", "::1%x.lan", "127.0.0.1%x.lan"}) {
    const auto stream = probe(wire::preface(wire::Forward{{std::string(host), port()}}));
    EXPECT_TRUE(run_until(context, [&] { return stream->was_reset.has_value(); })) << host;
    EXPECT_EQ(stream->was_reset, ResetReason::not_allowed) << host;
  }
  EXPECT_TRUE(client->recorder.has("'::1%x.lan' is neither an address nor a name"));
  EXPECT_TRUE(client->recorder.has("start this end with --allow 127.0.0.1" + text)) << client->recorder.all();
}

TEST_F(DriverForwards, EndInEachDirectionByItself) {
  allow({"127.0.0.1:*"});
  forward("localhost", port());
  auto [near, far] = connect();
  send(near, pattern(1000));
  near.shutdown(tcp::socket::shutdown_send);
  EXPECT_EQ(receive(far).bytes, pattern(1000));
  send(far, pattern(2000, 2));
  far.close();
  EXPECT_EQ(receive(near).bytes, pattern(2000, 2));
  EXPECT_TRUE(run_until(context, [&] {
    return server->recorder.has("closed, 1.0 kB sent, 2.0 kB received");
  })) << server->recorder.all();
}

TEST_F(DriverForwards, ThatAreNotAllowedAreResetAndBothEndsSayWhatWouldAllowThem) {
  allow({"10.0.0.0/8:*"});
  const std::string option = fmt::format("--allow 127.0.0.1:{}", port());
  expect_refused("127.0.0.1", "not allowed: start this end with " + option,
                 "reset: the other end does not allow it: start it with " + option);
}

TEST_F(DriverForwards, ToANameWhoseAddressesAreNotAllowedAreReset) {
  allow({"10.0.0.0/8:*"});
  const std::string option = fmt::format("--allow localhost:{}", port());
  expect_refused("localhost", "not allowed: start this end with " + option,
                 "reset: the other end does not allow it: start it with " + option);
}

TEST_F(DriverForwards, ToAnOddlyWrittenAddressAreJudgedByWhatItStandsFor) {
  allow({"10.0.0.0/8:*"});
  expect_refused("127.1", "not allowed: start this end with --allow 127.1:",
                 "the other end does not allow it: start it with --allow 127.1:");
}

TEST_F(DriverForwards, ToANameThatIsNeitherAllowedNorHasAddressesForThePortAreNotEvenLookedUp) {
  allow({"10.0.0.1:1", "web:*"});
  forward("some.name.invalid", port());
  tcp::socket near = dial();
  EXPECT_EQ(receive(near).end, asio::error::connection_reset);
  EXPECT_TRUE(client->recorder.has("the other end asks for some.name.invalid:")) << client->recorder.all();
  EXPECT_EQ(client->driver.lookups_running(), 0U);
}

TEST_F(DriverForwards, ToANameThatDoesNotExistSaySo) {
  allow({"*.invalid:*"});
  expect_refused("some.name.invalid", ": " + std::string(describe(ResetReason::name_not_found)),
                 "reset: " + std::string(describe(ResetReason::name_not_found)));
}

TEST_F(DriverForwards, ThatAreRefusedAreReset) {
  allow({"127.0.0.1:*"});
  const std::uint16_t closed = port();
  target.close();
  forward("127.0.0.1", closed);
  tcp::socket near = dial();
  EXPECT_EQ(receive(near).end, asio::error::connection_reset);
  EXPECT_TRUE(server->recorder.has("reset: " + std::string(describe(ResetReason::refused))))
      << server->recorder.all();
}

TEST_F(DriverForwards, AreNotForAnEndThatHasNoForwarding) {
  forward("127.0.0.1", port());
  tcp::socket near = dial();
  EXPECT_EQ(receive(near).end, asio::error::connection_reset);
  EXPECT_TRUE(server->recorder.has("the other end is of an older version, which cannot do this"))
      << server->recorder.all();
}

TEST_F(DriverForwards, TakeARequestThatArrivesInPiecesAndNoByteBehindIt) {
  allow({"127.0.0.1:*"});
  Bytes bytes = request("127.0.0.1");
  const Bytes data = pattern(20);
  bytes.insert(bytes.end(), data.begin(), data.end());
  const auto stream = probe(ByteView(bytes).first(1));
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    stream->write(ByteView(bytes).subspan(i, 1));
    run_ready(context);
  }
  tcp::socket far = answer();
  EXPECT_EQ(receive(far, data.size()).bytes, data);
}

TEST_F(DriverForwards, AnswerWhenThatIsWantedAndBeforeAnyByteOfTheTarget) {
  allow({"127.0.0.1:*"});
  const auto stream = probe(request("127.0.0.1", wire::Answer::wanted));
  tcp::socket far = answer();
  send(far, pattern(10));
  const Bytes expected = wire::preface(to_address(far.remote_endpoint()));
  EXPECT_TRUE(run_until(context, [&] { return stream->got.size() == expected.size() + 10; }));
  EXPECT_EQ(Bytes(stream->got.begin(), stream->got.begin() + 7), expected);
  EXPECT_EQ(Bytes(stream->got.begin() + 7, stream->got.end()), pattern(10));
}

TEST_F(DriverForwards, AreResetWhenTheRequestIsNotFinishedInTime) {
  allow({"127.0.0.1:*"}, 50ms);
  const auto stream = probe(ByteView(request("127.0.0.1")).first(5));
  EXPECT_TRUE(run_until(context, [&] { return stream->was_reset.has_value(); }));
  EXPECT_EQ(stream->was_reset, ResetReason::timed_out);
  EXPECT_TRUE(client->recorder.has("reset before its destination was known")) << client->recorder.all();
}

TEST_F(DriverForwards, AreResetWhenTheRequestEndsTooSoonOrIsMalformed) {
  allow({"*:*"});
  const auto cut = probe(ByteView(request("127.0.0.1")).first(5));
  cut->shut();
  const auto malformed = probe(Bytes{0, 9, 9, 9});
  EXPECT_TRUE(run_until(context, [&] { return cut->was_reset && malformed->was_reset; }));
  EXPECT_EQ(cut->was_reset, ResetReason::failed);
  EXPECT_EQ(malformed->was_reset, ResetReason::failed);
  EXPECT_TRUE(client->recorder.has("malformed request from the other end")) << client->recorder.all();
}

TEST_F(DriverForwards, WhoseOpenerGoesBeforeTheRequestIsFinishedAreForgotten) {
  allow({"*:*"});
  Connections& connections = server->driver.connections();
  const StreamId id = connections.open(services::kForward, ByteView(request("127.0.0.1")).first(3)).value();
  run_ready(context);
  connections.endpoint().reset(id, ResetReason::aborted, now());
  connections.kick();
  EXPECT_TRUE(run_until(context, [&] {
    return client->recorder.has("reset before its destination was known");
  })) << client->recorder.all();
}

TEST_F(DriverForwards, EndWithTheirRequestsUnfinished) {
  allow({"*:*"});
  const auto stream = probe(ByteView(request("127.0.0.1")).first(3));
  EXPECT_TRUE(run_until(context, [&] { return client->driver.stats().streams_opened == 1; }));
  client->driver.stop();
  EXPECT_TRUE(run_until(context, [&] { return client->outcome && stream->was_reset; }));
}

// ---- For front ends that request an answer ----

struct ForwardRequests : DriverForwards {
  std::expected<wire::Address, ResetReason> ask(const std::string& host, std::uint16_t to_port) {
    std::optional<std::expected<wire::Address, ResetReason>> heard;
    request_ =
        ForwardRequest::open(server->driver.connections(), services::kForward, to_address(host, to_port),
                             [&](auto result) {
                               heard = result;
                               if (result) attach();
                             })
            .value();
    EXPECT_TRUE(run_until(context, [&] { return heard.has_value(); }));
    return heard.value_or(std::unexpected(ResetReason::failed));
  }

  void attach() {
    if (!socket_) return;
    request_->attach(std::move(*socket_), {}, first_, "somebody");
  }

  std::unique_ptr<ForwardRequest> request_;
  std::optional<StreamSocket> socket_;
  Bytes first_;
};

TEST_F(ForwardRequests, AreAnsweredByWhereTheConnectionWasMadeFromAndThenCarryASocket) {
  allow({"127.0.0.1:*"});
  tcp::acceptor clients(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket near(context);
  near.connect(clients.local_endpoint());
  near.non_blocking(true);
  socket_.emplace(clients.accept());
  first_ = pattern(5000);
  const auto heard = ask("127.0.0.1", port());
  tcp::socket far = answer();
  EXPECT_EQ(heard, to_address(far.remote_endpoint()));
  send(near, pattern(3000, 2));
  Bytes expected = pattern(5000);
  const Bytes more = pattern(3000, 2);
  expected.insert(expected.end(), more.begin(), more.end());
  EXPECT_EQ(receive(far, expected.size()).bytes, expected);
  send(far, pattern(100));
  EXPECT_EQ(receive(near, 100).bytes, pattern(100));
}

TEST_F(ForwardRequests, HearWhyNot) {
  allow({"127.0.0.1:*", "*.invalid:*"});
  EXPECT_EQ(ask("10.0.0.1", 22).error(), ResetReason::not_allowed);
  EXPECT_EQ(request_->failure(ResetReason::not_allowed),
            "the other end does not allow it: start it with --allow 10.0.0.1:22");
  EXPECT_EQ(ask("x.invalid", 22).error(), ResetReason::name_not_found);
  const std::uint16_t closed = port();
  target.close();
  EXPECT_EQ(ask("127.0.0.1", closed).error(), ResetReason::refused);
}

TEST_F(ForwardRequests, ThatNobodyTakesUpAreReset) {
  allow({"127.0.0.1:*"});
  EXPECT_TRUE(ask("127.0.0.1", port()));
  request_.reset();
  tcp::socket far = answer();
  EXPECT_EQ(receive(far).end, asio::error::connection_reset);
}

TEST_F(ForwardRequests, CanBeWithdrawnWhileTheyAreWaitedFor) {
  allow({"127.0.0.1:*"});
  request_ = ForwardRequest::open(server->driver.connections(), services::kForward,
                                  to_address("127.0.0.1", port()), [](const auto&) { ADD_FAILURE(); })
                 .value();
  request_.reset();
  EXPECT_TRUE(run_until(context, [&] { return client->driver.stats().streams_reset == 1; }));
}

}  // namespace
}  // namespace serialtcp::io
