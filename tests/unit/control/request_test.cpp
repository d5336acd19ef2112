// Requests of the control socket, as text; what is no request; the form of answers.
#include "control/request.h"

#include <gtest/gtest.h>

#include <string>

#include "control/stream_target.h"

namespace serialtcp::control {
namespace {

std::string code_of(std::string_view line) {
  const auto request = parse_request(line);
  return request ? "" : std::string(request.error().code);
}

TEST(ControlRequest, StatusHasItsMembersOrTheirDefaults) {
  const auto plain = parse_request(R"({"request":"status"})");
  ASSERT_TRUE(plain && std::holds_alternative<StatusRequest>(*plain));
  EXPECT_EQ(std::get<StatusRequest>(*plain).link, "");
  EXPECT_EQ(std::get<StatusRequest>(*plain).connections_most, kMaxConnections);
  const auto page = parse_request(
      R"({"request":"status","link":"rack","connections_after":7,"connections_most":3,"unknown":[1]})");
  ASSERT_TRUE(page);
  EXPECT_EQ(std::get<StatusRequest>(*page).link, "rack");
  EXPECT_EQ(std::get<StatusRequest>(*page).connections_after, 7U);
  EXPECT_EQ(std::get<StatusRequest>(*page).connections_most, 3U);
}

TEST(ControlRequest, AnAnswerHasNoMoreConnectionsThanTheLimit) {
  const auto request = parse_request(R"({"request":"status","connections_most":1000000})");
  ASSERT_TRUE(request);
  EXPECT_EQ(std::get<StatusRequest>(*request).connections_most, kMaxConnections);
}

TEST(ControlRequest, OthersAreKnownByTheirNames) {
  EXPECT_TRUE(std::holds_alternative<ReloadRequest>(*parse_request(R"({"request":"reload"})")));
  EXPECT_TRUE(std::holds_alternative<VersionRequest>(*parse_request(R"( {"request" : "version"} )")));
  const auto close = parse_request(R"({"request":"close","connection":"a#b#12"})");
  ASSERT_TRUE(close && std::holds_alternative<CloseRequest>(*close));
  EXPECT_EQ(std::get<CloseRequest>(*close).link, "a#b");
  EXPECT_EQ(std::get<CloseRequest>(*close).number, 12U);
}

TEST(ControlRequest, AStreamIsToAnAddressOrAService) {
  const auto to = parse_request(R"({"request":"connect","link":"rack","to":"[fd00::1]:22"})");
  ASSERT_TRUE(to && std::holds_alternative<ConnectRequest>(*to));
  EXPECT_EQ(std::get<ConnectRequest>(*to).link, "rack");
  EXPECT_EQ(std::get<ConnectRequest>(*to).target, (io::Target{"fd00::1", 22}));
  const auto service = parse_request(R"({"request":"connect","service":""})");
  ASSERT_TRUE(service && std::holds_alternative<ConnectRequest>(*service));
  EXPECT_FALSE(std::get<ConnectRequest>(*service).target);
  const auto end = parse_request(R"({"request":"end","connection":"rack#7"})");
  ASSERT_TRUE(end && std::holds_alternative<EndRequest>(*end));
  EXPECT_EQ(std::get<EndRequest>(*end).number, 7U);
  for (const char* const line :
       {R"({"request":"connect"})", R"({"request":"connect","to":"x:1","service":"y"})",
        R"({"request":"connect","to":"x"})", R"({"request":"connect","to":"x:0"})",
        R"({"request":"connect","to":"a b:1"})", R"({"request":"connect","to":7})",
        R"({"request":"connect","service":"a b"})", R"({"request":"end"})"}) {
    EXPECT_EQ(code_of(line), kBadRequest) << line;
  }
}

TEST(ControlRequest, TheTargetOfAStreamMayBeAsSshWritesIt) {
  EXPECT_EQ(parse_stream_target("board:22"), (io::Target{"board", 22}));
  EXPECT_EQ(parse_stream_target("::1:22"), (io::Target{"::1", 22}));
  EXPECT_EQ(parse_stream_target("[::1]:22"), (io::Target{"::1", 22}));
  for (const char* const text : {"", ":", ":22", "board", "board:", "::1", "[::1]", "board:65536", "b d:1"})
    EXPECT_FALSE(parse_stream_target(text)) << text;
}

TEST(ControlRequest, LevelsOfTheLogHaveNames) {
  const auto log = parse_request(R"({"request":"log","level":"Debug"})");
  ASSERT_TRUE(log && std::holds_alternative<LogRequest>(*log));
  EXPECT_EQ(std::get<LogRequest>(*log).level, Level::debug);
  for (const Level level : {Level::warning, Level::info, Level::verbose, Level::debug})
    EXPECT_EQ(parse_level(level_name(level)), level);
  EXPECT_FALSE(parse_level(""));
  EXPECT_FALSE(parse_level("debugs"));
}

TEST(ControlRequest, WhatIsNoRequestHasACode) {
  for (const char* const line :
       {"", "x", "1", "[]", "{}", R"({"request":1})", R"({"request":"status","link":1})",
        R"({"request":"status","connections_after":-1})", R"({"request":"status","connections_most":1.5})",
        R"({"request":"close"})", R"({"request":"log"})", R"({"request":"close","connection":"x"})",
        R"({"request":"status"} x)", R"({"request":"close","connection":"x#0"})",
        R"({"request":"close","connection":"x#1y"})",
        R"({"request":"close","connection":"x#99999999999999999999"})", "[[[[[[1]]]]]]"}) {
    EXPECT_EQ(code_of(line), kBadRequest) << line;
  }
  EXPECT_EQ(code_of(R"({"request":"explode"})"), kUnknownRequest);
  EXPECT_EQ(code_of(std::string(kMaxRequest + 1, ' ')), kTooLong);
  EXPECT_EQ(code_of(R"({"request":"version")" + std::string(kMaxRequest - 21, ' ') + "}"), "");
}

TEST(ControlRequest, AnswersAreOneLineOfUtf8EachWithTheProtocol) {
  EXPECT_EQ(answer({{"links", 3}}), "{\"protocol\":1,\"ok\":true,\"links\":3}\n");
  EXPECT_EQ(refusal({kNotFound, "no \"x\"\n\xff"}),
            "{\"protocol\":1,\"ok\":false,\"error\":{\"code\":\"not_found\",\"text\":\"no \\\"x\\\"??\"}}\n");
}

TEST(ControlRequest, AConnectionCanBeNamedByItsNumberOnly) {
  EXPECT_EQ(parse_connection_name("/dev/ttyUSB0#3")->link, "/dev/ttyUSB0");
  EXPECT_EQ(parse_connection_name("3")->link, "");
  EXPECT_EQ(parse_connection_name("3")->number, 3U);
  for (const char* const text : {"", "#", "x", "x#", "#x", "0", "-1", " 1", "1 "})
    EXPECT_FALSE(parse_connection_name(text)) << text;
}

}  // namespace
}  // namespace serialtcp::control
