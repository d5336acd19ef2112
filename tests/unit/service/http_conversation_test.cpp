// What clients of an HTTP proxy say, at once and a byte at a time; what the server gets to see of it, and what they are
// told.
#include "service/http_conversation.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "net/address.h"

namespace serialtcp::io {
namespace {

using State = ProxyConversation::State;

std::string text_of(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}

struct Told {
  State state = State::talking;
  std::string reply, why, rest, address;
};

Told tell(std::string_view said, std::size_t at_once) {
  HttpConversation conversation;
  Told told;
  for (std::size_t i = 0; i < said.size(); i += at_once) {
    const std::string_view piece = said.substr(i, at_once);
    const auto heard = conversation.hear(Bytes(piece.begin(), piece.end()));
    told.reply += text_of(heard.reply);
    told.why += heard.why;
    if (heard.state != State::talking) told.state = heard.state;
    if (!heard.request) continue;
    told.address = to_string(heard.request->address);
    EXPECT_EQ(heard.request->command, ProxyRequest::Command::connect);
  }
  told.rest = text_of(conversation.rest());
  return told;
}

/// Says it at once, in pieces and byte by byte, and expects the same.
Told say(std::string_view said) {
  const Told whole = tell(said, said.size());
  for (const std::size_t at_once : {std::size_t{1}, std::size_t{7}}) {
    const Told pieces = tell(said, at_once);
    EXPECT_EQ(whole.state, pieces.state) << said;
    EXPECT_EQ(whole.reply, pieces.reply) << said;
    EXPECT_EQ(whole.address, pieces.address) << said;
    if (whole.state == State::asked) {
      EXPECT_EQ(whole.rest, pieces.rest) << said;
    }
  }
  return whole;
}

/// Where a request line leads: "host:port", or the status of its refusal.
std::string where(const std::string& line) {
  const Told told = say(line + "\r\nHost: ignored\r\n\r\n");
  return told.state == State::asked ? told.address
                                    : told.reply.substr(0, std::string_view("HTTP/1.1 400").size());
}

/// What the server gets of a request with these header fields.
std::string sent(const std::string& line, const std::string& fields) {
  const Told told = say(line + "\r\n" + fields + "\r\n");
  EXPECT_EQ(told.state, State::asked) << told.why;
  return told.rest;
}

TEST(Http, ConnectNamesAHostAndAPort) {
  EXPECT_EQ(where("CONNECT board.lan:443 HTTP/1.1"), "board.lan:443");
  EXPECT_EQ(where("CONNECT 10.0.0.7:22 HTTP/1.0"), "10.0.0.7:22");
  EXPECT_EQ(where("CONNECT [::1]:443 HTTP/1.1"), "[::1]:443");
  EXPECT_EQ(where("CONNECT [fd00::12:3]:65535 HTTP/1.1"), "[fd00::12:3]:65535");
  const Told told = say("CONNECT a:1 HTTP/1.1\r\nProxy-Connection: keep-alive\r\n\r\n");
  EXPECT_EQ(told.rest, "") << "nothing of the request is for the server";
  EXPECT_EQ(told.reply, "") << "only when it is connected";
}

TEST(Http, WhatFollowsAConnectIsNotLost) {
  const std::string_view said("CONNECT a:1 HTTP/1.1\r\n\r\n\x16\x03\x01\0\n\n\r\n\r\n", 34);
  EXPECT_EQ(say(said).rest, std::string("\x16\x03\x01\0\n\n\r\n\r\n", 10));
}

TEST(Http, LinesMayEndWithoutACarriageReturn) {
  const Told told = say("CONNECT a:1 HTTP/1.1\nA: b\n\nrest");
  EXPECT_EQ(told.address, "a:1");
  EXPECT_EQ(told.rest, "rest");
  EXPECT_EQ(say("CONNECT a:1 HTTP/1.1\r\n\nrest").rest, "rest");
  EXPECT_EQ(say("CONNECT a:1 HTTP/1.1\n\r\nrest").rest, "rest");
}

TEST(Http, AWholeAddressIsSentOnAsTheServerExpectsIt) {
  EXPECT_EQ(where("GET http://board.lan/ HTTP/1.1"), "board.lan:80");
  EXPECT_EQ(where("GET HTTP://board.lan:8080 HTTP/1.1"), "board.lan:8080");
  EXPECT_EQ(where("GET http://board.lan:/x HTTP/1.1"), "board.lan:80");
  EXPECT_EQ(where("GET http://[fd00::1]/x HTTP/1.1"), "[fd00::1]:80");
  const std::string end = "Connection: close\r\n\r\n";
  EXPECT_EQ(sent("GET http://board.lan/a/b?c=d HTTP/1.1", ""),
            "GET /a/b?c=d HTTP/1.1\r\nHost: board.lan\r\n" + end);
  EXPECT_EQ(sent("GET http://board.lan:8080 HTTP/1.0", ""),
            "GET / HTTP/1.0\r\nHost: board.lan:8080\r\n" + end);
  EXPECT_EQ(sent("GET http://board.lan?q HTTP/1.1", ""), "GET /?q HTTP/1.1\r\nHost: board.lan\r\n" + end);
  EXPECT_EQ(sent("HEAD http://[fd00::1]:81/ HTTP/1.1", ""),
            "HEAD / HTTP/1.1\r\nHost: [fd00::1]:81\r\n" + end);
  EXPECT_EQ(sent("OPTIONS http://a HTTP/1.1", ""), "OPTIONS * HTTP/1.1\r\nHost: a\r\n" + end);
  EXPECT_EQ(sent("OPTIONS http://a/ HTTP/1.1", ""), "OPTIONS / HTTP/1.1\r\nHost: a\r\n" + end);
}

TEST(Http, FieldsForTheProxyAreNotSentOn) {
  EXPECT_EQ(sent("POST http://a/ HTTP/1.1",
                 "Host: other\r\nUser-Agent: x/1 (y)\r\nProxy-Connection: keep-alive\r\n"
                 "proxy-authorization: Basic eDp5\r\nKeep-Alive: 300\r\nTE: trailers\r\nUpgrade: h2c\r\n"
                 "X-Secret: hop\r\nX-Other:\t kept \r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"
                 "Connection: keep-alive, X-Secret , content-length,transfer-encoding,,\r\n"),
            "POST / HTTP/1.1\r\nHost: a\r\nUser-Agent: x/1 (y)\r\nX-Other:\t kept \r\nContent-Length: 5\r\n"
            "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
}

TEST(Http, ABodyIsSentOnAsItIs) {
  const Told told = say("POST http://a/ HTTP/1.1\r\nContent-Length: 7\r\n\r\n{\"\r\n\r\n}");
  EXPECT_TRUE(told.rest.ends_with("Connection: close\r\n\r\n{\"\r\n\r\n}"));
}

TEST(Http, MalformedRequestsAreRefused) {
  for (const char* line : {"GET",
                           "GET http://a/",
                           "GET  HTTP/1.1",
                           "G(T http://a/ HTTP/1.1",
                           "GET http://a/ HTTP/2.0",
                           "GET http://a/ http/1.1",
                           "GET http://a/ HTTP/1.1 ",
                           "GET http://a/b c HTTP/1.1",
                           "PRI * HTTP/2.0",
                           "GET http://a/\xc3\xa4 HTTP/1.1",
                           "GET / HTTP/1.1",
                           "GET https://a/ HTTP/1.1",
                           "GET ftp://a/ HTTP/1.1",
                           "GET http:///x HTTP/1.1",
                           "GET http://:80/ HTTP/1.1",
                           "GET http://u:p@a/ HTTP/1.1",
                           "GET http://a:0/ HTTP/1.1",
                           "GET http://a:65536/ HTTP/1.1",
                           "GET http://a:+1/ HTTP/1.1",
                           "GET http://fd00::1/ HTTP/1.1",
                           "GET http://[fd00::1/ HTTP/1.1",
                           "GET http://[fd00::1]80/ HTTP/1.1",
                           "GET http://[a]/ HTTP/1.1",
                           "GET http://[1.2.3.4]/ HTTP/1.1",
                           "GET http://[fe80::1%25eth0]/ HTTP/1.1",
                           "CONNECT a HTTP/1.1",
                           "CONNECT a: HTTP/1.1",
                           "CONNECT a:x HTTP/1.1",
                           "CONNECT :1 HTTP/1.1",
                           "CONNECT http://a:1/ HTTP/1.1",
                           "CONNECT a:1/ HTTP/1.1",
                           "CONNECT ::1:443 HTTP/1.1",
                           "CONNECT x@a:1 HTTP/1.1"}) {
    EXPECT_EQ(where(line), "HTTP/1.1 400") << line;
  }
  EXPECT_EQ(where("CONNECT " + std::string(256, 'a') + ":1 HTTP/1.1"), "HTTP/1.1 400");
  EXPECT_EQ(where("CONNECT " + std::string(255, 'a') + ":1 HTTP/1.1"), std::string(255, 'a') + ":1");
  for (const char* field : {"no colon", "Name : x", ": x", " folded: x", "A: b\r\n folded", "A: \x01",
                            "A: b\rc", "A: \x7f", "\xc3\xa4: x"}) {
    const Told told = say(fmt::format("GET http://a/ HTTP/1.1\r\n{}\r\n\r\n", field));
    EXPECT_EQ(told.state, State::refused) << field;
    EXPECT_TRUE(told.reply.starts_with("HTTP/1.1 400 Bad Request\r\n")) << told.reply;
  }
  using namespace std::string_literals;
  EXPECT_EQ(where("GET http://a/\0 HTTP/1.1"s), "HTTP/1.1 400");
  EXPECT_EQ(where("GET http://a\0.b/ HTTP/1.1"s), "HTTP/1.1 400");
}

TEST(Http, ARefusalSaysWhyInPlainText) {
  const Told told = say("GET / HTTP/1.1\r\n\r\n");
  const std::string body = told.why + "\n";
  EXPECT_EQ(told.reply, fmt::format("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
                                    "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
                                    body.size(), body));
  EXPECT_NE(body.find("this is a proxy"), std::string::npos);
}

TEST(Http, TheHeadIsNotReadForEver) {
  const std::string line = "GET http://a/ HTTP/1.1\r\nA: ";
  const std::string longest(HttpConversation::kMaxHead - line.size() - 4, 'x');
  EXPECT_EQ(tell(line + longest + "\r\n\r\n", 1000).state, State::asked);
  EXPECT_EQ(tell(line + longest + "\r\n\r\nrest", 1).rest.substr(longest.size()).find("rest"),
            tell(line + longest + "\r\n\r\nrest", 100'000).rest.substr(longest.size()).find("rest"));
  for (const std::size_t at_once : {std::size_t{1}, std::size_t{1000}, std::size_t{100'000}}) {
    const Told told = tell(line + longest + "x\r\n\r\n", at_once);
    EXPECT_EQ(told.state, State::refused);
    EXPECT_TRUE(told.reply.starts_with("HTTP/1.1 431 ")) << told.reply;
    EXPECT_EQ(tell(std::string(HttpConversation::kMaxHead + 1, 'G'), at_once).state, State::refused);
    EXPECT_EQ(tell(std::string(HttpConversation::kMaxHead, 'G'), at_once).state, State::talking);
  }
}

std::string answer_to(const std::string& line, ResetReason reason) {
  HttpConversation conversation;
  const std::string said = line + " HTTP/1.1\r\n\r\n";
  EXPECT_EQ(conversation.hear(Bytes(said.begin(), said.end())).state, State::asked);
  return text_of(conversation.failed(reason, "that is why"));
}

TEST(Http, AFailedConnectHasAStatusAndAReason) {
  const auto status = [](ResetReason reason) { return answer_to("CONNECT a:1", reason).substr(9, 3); };
  EXPECT_EQ(status(ResetReason::not_allowed), "403");
  EXPECT_EQ(status(ResetReason::timed_out), "504");
  for (const ResetReason reason :
       {ResetReason::refused, ResetReason::unreachable, ResetReason::network_unreachable,
        ResetReason::name_not_found, ResetReason::no_resources, ResetReason::failed, ResetReason::aborted,
        ResetReason::link_lost, ResetReason::no_such_service}) {
    EXPECT_EQ(status(reason), "502");
  }
  const std::string answer = answer_to("GET http://[fd00::1]:81/", ResetReason::refused);
  EXPECT_TRUE(answer.ends_with("\r\n\r\nCould not connect to [fd00::1]:81: that is why\n")) << answer;
  EXPECT_TRUE(answer_to("HEAD http://a/", ResetReason::refused).ends_with("\r\n\r\n"))
      << "a HEAD has no body";
}

TEST(Http, OnlyAConnectIsToldThatItIsConnected) {
  for (const auto& [line, told] : {std::pair{"CONNECT a:1", "HTTP/1.1 200 Connection established\r\n\r\n"},
                                   std::pair{"GET http://a/", ""}}) {
    HttpConversation conversation;
    const std::string said = fmt::format("{} HTTP/1.1\r\n\r\n", line);
    ASSERT_EQ(conversation.hear(Bytes(said.begin(), said.end())).state, State::asked);
    EXPECT_EQ(text_of(conversation.granted({})), told);
  }
}

TEST(Http, BeginsWithALetter) {
  for (const char letter : {'A', 'C', 'Z', 'a', 'z'})
    EXPECT_EQ(proxy_conversation(static_cast<Byte>(letter))->protocol(), "HTTP");
  for (const Byte other :
       {Byte{0}, Byte{4}, Byte{5}, Byte{0x16}, Byte{'@'}, Byte{'['}, Byte{' '}, Byte{0xff}})
    EXPECT_EQ(proxy_conversation(other)->protocol(), "SOCKS");
}

}  // namespace
}  // namespace serialtcp::io
