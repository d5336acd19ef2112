// The original's protocol, byte for byte, in both roles: every exchange of docs/protocol.md, "The original's
// protocol".
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>
#include <variant>
#include <vector>

#include "legacy/code.h"
#include "serialtcp/endpoint.h"
#include "wire_text.h"

namespace serialtcp {
namespace {

using namespace std::chrono_literals;
using test::wire;

Bytes text(std::string_view characters) {
  return {characters.begin(), characters.end()};
}

/// One endpoint, and a test instead of the original.
class Original : public testing::Test {
 protected:
  void start(Role role) {
    EndpointConfig config;
    config.role = role;
    config.protocol = Protocol::original;
    endpoint_.emplace(config, Entropy{});
  }
  Endpoint& endpoint() { return *endpoint_; }

  void hear(std::string_view bytes) { endpoint().feed(wire(bytes), now_); }
  Bytes said() {
    Bytes all;
    Bytes room(7);  // odd, so that pairs are split by its end
    while (const std::size_t count = endpoint().transmit(room, now_)) {
      all.insert(all.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(count));
    }
    return all;
  }
  /// Advances the time until just before the endpoint's deadline, and then to it.
  void wait_until_due() {
    now_ = endpoint().deadline();
    endpoint().tick(now_);
  }

  template <class Kind>
  std::vector<Kind> events() {
    std::vector<Kind> found;
    while (const auto event = endpoint().poll()) {
      if (const auto* kind = std::get_if<Kind>(&*event)) found.push_back(*kind);
    }
    return found;
  }

  std::string read(StreamId id, bool* end = nullptr) {
    std::string all;
    Bytes room(5);
    while (true) {
      const auto result = endpoint().read(id, room, now_);
      if (!result) return all;
      all.append(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(result->count));
      if (result->end && end != nullptr) *end = true;
      if (result->end || result->count == 0) return all;
    }
  }

  void synchronise_server() {
    start(Role::server);
    EXPECT_EQ(said(), wire("1F 44 1F 44 1F E0"));
    hear("1F 44 1F 44 1F C1");
    EXPECT_EQ(said(), wire("1F E1"));
    hear("1F C2");
    EXPECT_EQ(said(), wire("1F E2"));
    hear("1F C3");
    EXPECT_EQ(said(), wire("1F E3"));
    EXPECT_EQ(events<event::LinkUp>().size(), 1U);
  }
  void synchronise_client() {
    start(Role::client);
    EXPECT_EQ(said(), wire("1F 44 1F 44 1F C1"));
    hear("1F E1");
    EXPECT_EQ(said(), wire("1F C2"));
    hear("1F E2");
    EXPECT_EQ(said(), wire("1F C3"));
    hear("1F E3");
    EXPECT_EQ(said(), Bytes{});
    EXPECT_EQ(events<event::LinkUp>().size(), 1U);
  }
  /// A stream of a server whose target is connected.
  StreamId relaying_server() {
    synchronise_server();
    const StreamId id = endpoint().open(ServiceId{}, now_).value();
    EXPECT_EQ(said(), wire("1F 43"));
    hear("1F 63 1F 73");
    EXPECT_EQ(said(), wire("1F 73"));
    return id;
  }
  StreamId relaying_client() {
    synchronise_client();
    hear("1F 43");
    const auto opened = events<event::Opened>();
    EXPECT_EQ(opened.size(), 1U);
    endpoint().connected(opened.at(0).stream, now_);
    EXPECT_EQ(said(), wire("1F 63 1F 73"));
    hear("1F 73");
    return opened.at(0).stream;
  }

  std::optional<Endpoint> endpoint_;
  Time now_ = Time{} + 1h;
};

TEST_F(Original, ServerSynchronisesAndTellsItsLinkIsTheOriginals) {
  start(Role::server);
  said();
  hear("1F C1 1F C2 1F C3");
  const auto up = events<event::LinkUp>();
  ASSERT_EQ(up.size(), 1U);
  EXPECT_EQ(up[0].protocol, Protocol::original);
  EXPECT_TRUE(endpoint().link_up());
}

TEST_F(Original, ClientBeginsAgainWhenTheServerSaysHello) {
  start(Role::client);
  EXPECT_EQ(said(), wire("1F 44 1F 44 1F C1"));
  hear("1F 44 1F 44 1F E0");
  EXPECT_EQ(said(), wire("1F 44 1F 44 1F C1"));
  hear("1F E1");
  EXPECT_EQ(said(), wire("1F C2"));
}

TEST_F(Original, TheWholeTranscriptOfTheServer) {
  synchronise_server();
  const StreamId id = endpoint().open(ServiceId{}, now_).value();
  EXPECT_EQ(said(), wire("1F 43"));
  endpoint().write(id, wire("'hi' 1F 'there'"), now_).value();
  EXPECT_EQ(said(), Bytes{}) << "not before the target is there";
  hear("1F 63 1F 73");
  EXPECT_EQ(said(), wire("1F 73 'hi' 1F 1F 'there'"));
  hear("3C 68 69");
  EXPECT_EQ(read(id), "<hi");
  hear("'last' 1F 44 1F 44 1F 44 1F C1");
  bool end = false;
  EXPECT_EQ(read(id, &end), "last") << "what comes with the disconnect is not lost";
  EXPECT_TRUE(end);
  EXPECT_EQ(events<event::Closed>().size(), 1U);
  EXPECT_EQ(said(), wire("1F 44 1F 44 1F E0 1F E1"));
}

TEST_F(Original, TheWholeTranscriptOfTheClient) {
  const StreamId id = relaying_client();
  hear("'hi' 1F 1F 'there'");
  EXPECT_EQ(read(id), std::string("hi\x1Fthere"));
  endpoint().write(id, text("<hi"), now_).value();
  EXPECT_EQ(said(), wire("3C 68 69"));
  endpoint().shut_write(id, now_).value();
  EXPECT_EQ(said(), wire("1F 44 1F 44 1F 44 1F C1"));
}

TEST_F(Original, AttemptsGetLongerByHalfUpToAMinute) {
  start(Role::client);
  said();
  std::vector<double> waits;
  for (int i = 0; i < 12; ++i) {
    const Time before = now_;
    wait_until_due();
    EXPECT_EQ(said(), wire("1F 44 1F 44 1F C1"));
    waits.push_back(std::chrono::duration<double>(now_ - before).count());
  }
  EXPECT_DOUBLE_EQ(waits[0], 1.0);
  EXPECT_DOUBLE_EQ(waits[1], 1.5);
  EXPECT_DOUBLE_EQ(waits[2], 2.25);
  EXPECT_DOUBLE_EQ(waits.back(), 60.0);
}

TEST_F(Original, EachWaitOfAnAttemptHasItsWholeTime) {
  start(Role::client);
  said();
  now_ += 900ms;
  hear("1F E1");
  EXPECT_EQ(said(), wire("1F C2"));
  EXPECT_EQ(endpoint().deadline(), now_ + 1s);
}

TEST_F(Original, ACodeOutOfOrderBeginsAnotherAttemptAndARepeatedOneDoesNot) {
  start(Role::server);
  said();
  hear("1F C1");
  EXPECT_EQ(said(), wire("1F E1"));
  hear("1F C1");
  EXPECT_EQ(said(), Bytes{});
  hear("1F C3");
  EXPECT_EQ(said(), wire("1F 44 1F 44 1F E0"));
}

TEST_F(Original, AClientThatBeginsAnewIsAnsweredAnew) {
  start(Role::server);
  said();
  hear("1F 44 1F 44 1F C1");
  EXPECT_EQ(said(), wire("1F E1"));
  hear("1F 44 1F 44 1F C1");
  EXPECT_EQ(said(), wire("1F E1")) << "or both would wait, and begin again at the same time";
  hear("1F C2");
  EXPECT_EQ(said(), wire("1F E2"));
}

TEST_F(Original, HearingItsOwnKindOfCodeIsToldOnceAndTriedAgainInTime) {
  start(Role::client);
  said();
  hear("1F 44 1F 44 1F C1");
  EXPECT_EQ(said(), Bytes{}) << "an echo must not fill the line";
  hear("1F C1");
  const auto troubles = events<event::LineTroubled>();
  ASSERT_EQ(troubles.size(), 1U);
  EXPECT_EQ(troubles[0].trouble, LineTrouble::own_kind);
  wait_until_due();
  EXPECT_EQ(said(), wire("1F 44 1F 44 1F C1"));
}

TEST_F(Original, UnknownCodesAndPlainBytesMeanNothingOutsideAConnection) {
  synchronise_server();
  hear("'boot: ok' 1F 7E 'x' 1F 1F 1F 63 1F 73 1F 46 'y'");
  EXPECT_EQ(said(), Bytes{});
  EXPECT_TRUE(endpoint().link_up());
  const StreamId id = endpoint().open(ServiceId{}, now_).value();
  EXPECT_EQ(said(), wire("1F 43"));
  hear("'early' 1F 63 'early' 1F 73 'data'");
  EXPECT_EQ(read(id), "data");
}

TEST_F(Original, AFailedConnectResetsTheClientAndSynchronises) {
  synchronise_server();
  endpoint().open(ServiceId{}, now_).value();
  said();
  hear("1F 46 1F 44 1F 44 1F C1");
  const auto resets = events<event::Reset>();
  ASSERT_EQ(resets.size(), 1U);
  EXPECT_EQ(resets[0].reason, ResetReason::failed);
  EXPECT_EQ(said(), wire("1F 44 1F 44 1F E0 1F E1"));
}

TEST_F(Original, AConnectThatIsNotAnsweredInTimeResetsTheClient) {
  synchronise_server();
  endpoint().open(ServiceId{}, now_).value();
  said();
  EXPECT_EQ(endpoint().deadline(), now_ + 10s);
  wait_until_due();
  const auto resets = events<event::Reset>();
  ASSERT_EQ(resets.size(), 1U);
  EXPECT_EQ(resets[0].reason, ResetReason::timed_out);
  EXPECT_EQ(said(), wire("1F 44 1F 44 1F E0"));
}

TEST_F(Original, ATargetThatFailsIsToldOf) {
  synchronise_client();
  hear("1F 43");
  const auto opened = events<event::Opened>();
  ASSERT_EQ(opened.size(), 1U);
  endpoint().reset(opened[0].stream, ResetReason::refused, now_);
  EXPECT_EQ(said(), wire("1F 46 1F 44 1F 44 1F C1"));
}

TEST_F(Original, AServerThatGivesUpTheConnectGivesUpTheTarget) {
  synchronise_client();
  hear("1F 43");
  const auto opened = events<event::Opened>();
  ASSERT_EQ(opened.size(), 1U);
  hear("1F 44");
  EXPECT_EQ(events<event::Reset>().size(), 1U);
  said();
  endpoint().connected(opened[0].stream, now_);
  EXPECT_EQ(said(), Bytes{});
}

TEST_F(Original, ARestartOfTheOtherEndWhileIdleSynchronisesAgain) {
  synchronise_client();
  hear("1F 44 1F 44 1F E0");
  EXPECT_EQ(said(), wire("1F 44 1F 44 1F C1 1F 44 1F 44 1F C1"));
  hear("1F E1 1F E2 1F E3");
  EXPECT_EQ(said(), wire("1F C2 1F C3"));
  EXPECT_TRUE(endpoint().link_up());
}

TEST_F(Original, AResetOfTheTcpClientEndsTheConnectionAndNothingElse) {
  const StreamId id = relaying_server();
  endpoint().write(id, Bytes(1000), now_).value();
  endpoint().reset(id, ResetReason::aborted, now_);
  EXPECT_EQ(said(), wire("1F 44 1F 44 1F 44 1F E0"));
  hear("1F 44 1F 44 1F C1 1F C2 1F C3");
  EXPECT_TRUE(endpoint().open(ServiceId{}, now_).has_value());
}

TEST_F(Original, AnotherClientWaitsForItsTurnAndKeepsWhatItSaid) {
  const StreamId first = relaying_server();
  const StreamId second = endpoint().open(ServiceId{}, now_).value();
  endpoint().write(second, text("hello"), now_).value();
  EXPECT_EQ(said(), Bytes{});
  endpoint().shut_write(first, now_).value();
  EXPECT_EQ(said(), wire("1F 44 1F 44 1F 44 1F E0"));
  hear("1F 44 1F 44 1F C1 1F C2 1F C3");
  EXPECT_EQ(said(), wire("1F E1 1F E2 1F E3 1F 43"));
  hear("1F 63 1F 73");
  EXPECT_EQ(said(), wire("1F 73 'hello'"));
}

TEST_F(Original, AClientThatGoesWhileItWaitsIsForgotten) {
  const StreamId first = relaying_server();
  const StreamId second = endpoint().open(ServiceId{}, now_).value();
  endpoint().reset(second, ResetReason::aborted, now_);
  endpoint().shut_write(first, now_).value();
  said();
  hear("1F C1 1F C2 1F C3");
  EXPECT_EQ(said(), wire("1F E1 1F E2 1F E3"));
}

TEST_F(Original, WhatIsUnderWayWhenOurSideEndsStillArrives) {
  const StreamId id = relaying_server();
  endpoint().write(id, text("ask"), now_).value();
  endpoint().shut_write(id, now_).value();
  EXPECT_EQ(said(), wire("'ask' 1F 44 1F 44 1F 44 1F E0"));
  hear("'answer' 1F 44 1F 44 1F 44 1F C1 'junk'");
  bool end = false;
  EXPECT_EQ(read(id, &end), "answer");
  EXPECT_TRUE(end);
}

TEST_F(Original, ASlowReaderStopsTheLineAndNotTheConnection) {
  const StreamId id = relaying_server();
  const Bytes chunk(16 * 1024, 'x');
  std::size_t fed = 0;
  while (endpoint().feed_room() >= chunk.size()) {
    endpoint().feed(chunk, now_);
    fed += chunk.size();
    ASSERT_LE(fed, limits::kLegacyBuffer);
  }
  EXPECT_EQ(endpoint().feed_room(), 0U);
  EXPECT_EQ(read(id).size(), fed);
  EXPECT_GT(endpoint().feed_room(), 0U);
}

TEST_F(Original, APairIsSplitWhereTheLineTakesOneByte) {
  const StreamId id = relaying_server();
  endpoint().write(id, wire("'a' 1F 'b'"), now_).value();
  Bytes all;
  Bytes room(1);
  while (endpoint().transmit(room, now_) == 1) all.push_back(room[0]);
  EXPECT_EQ(all, wire("'a' 1F 1F 'b'"));
}

TEST_F(Original, AWriterIsToldWhenThereIsRoomAgain) {
  const StreamId id = relaying_server();
  const Bytes much(limits::kLegacySendBuffer + 1);
  EXPECT_EQ(endpoint().write(id, much, now_).value(), limits::kLegacySendBuffer);
  said();
  EXPECT_EQ(events<event::Writable>().size(), 1U);
}

TEST_F(Original, OldConnectionsThatAreNotReadAreBounded) {
  synchronise_server();
  std::size_t resets = 0;
  for (std::size_t i = 0; i < limits::kLegacyUnread + 3; ++i) {
    endpoint().open(ServiceId{}, now_).value();
    hear("1F 63 1F 73 'unread' 1F 44 1F C1 1F C2 1F C3");
    said();
    resets += events<event::Reset>().size();
  }
  EXPECT_EQ(resets, 3U);
  EXPECT_EQ(endpoint().stats().streams_now, limits::kLegacyUnread);
}

TEST_F(Original, WaitingConnectionsAreBounded) {
  relaying_server();
  for (std::size_t i = 0; i < limits::kLegacyWaiting; ++i) {
    ASSERT_TRUE(endpoint().open(ServiceId{}, now_).has_value());
  }
  EXPECT_EQ(endpoint().open(ServiceId{}, now_).error(), StreamError::too_many_streams);
}

TEST_F(Original, APeerThatDoesNotSynchroniseAgainIsLost) {
  const StreamId id = relaying_server();
  endpoint().open(ServiceId{}, now_).value();
  endpoint().shut_write(id, now_).value();
  said();
  for (int i = 0; i < 3; ++i) wait_until_due();
  EXPECT_FALSE(endpoint().link_up());
  std::size_t resets = 0;
  std::size_t downs = 0;
  while (const auto event = endpoint().poll()) {
    if (std::holds_alternative<event::Reset>(*event)) ++resets;
    if (std::holds_alternative<event::LinkDown>(*event)) ++downs;
  }
  EXPECT_EQ(downs, 1U);
  EXPECT_EQ(resets, 2U) << "the one that may lack bytes, and the one that waited";
}

TEST_F(Original, AReopenedDeviceResetsTheConnectionThatHadIt) {
  relaying_server();
  endpoint().line_restored(now_);
  const auto resets = events<event::Reset>();
  ASSERT_EQ(resets.size(), 1U);
  EXPECT_EQ(resets[0].reason, ResetReason::link_lost);
  EXPECT_EQ(said(), wire("1F 44 1F 44 1F E0"));
}

TEST_F(Original, ShuttingDownSaysThatTheConnectionIsOver) {
  relaying_server();
  endpoint().shut_down(now_);
  EXPECT_EQ(said(), wire("1F 44"));
  EXPECT_TRUE(endpoint().finished());
}

TEST_F(Original, VerbsOnAStreamThatHasEndedSaySo) {
  const StreamId id = relaying_server();
  endpoint().reset(id, ResetReason::aborted, now_);
  Bytes room(1);
  EXPECT_EQ(endpoint().read(id, room, now_).error(), StreamError::no_such_stream);
  EXPECT_EQ(endpoint().write(id, room, now_).error(), StreamError::no_such_stream);
  EXPECT_EQ(endpoint().shut_write(id, now_).error(), StreamError::no_such_stream);
  EXPECT_EQ(endpoint().write_room(id), 0U);
}

}  // namespace
}  // namespace serialtcp
