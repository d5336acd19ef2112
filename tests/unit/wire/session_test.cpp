// The messages of a session, and the flow of its channels.
#include "wire/session.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wire/session_flow.h"

namespace serialtcp::wire::session {
namespace {

Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

Bytes written(const Message& message) {
  Bytes bytes;
  write(message, bytes);
  return bytes;
}

template <typename Kind>
Kind only(const Bytes& bytes) {
  Reader reader;
  ByteView rest(bytes);
  const auto message = reader.next(rest);
  EXPECT_TRUE(message && std::holds_alternative<Kind>(*message));
  EXPECT_TRUE(rest.empty());
  return message && std::holds_alternative<Kind>(*message) ? std::get<Kind>(*message) : Kind{};
}

bool is_malformed(const Bytes& bytes) {
  Reader reader;
  ByteView rest(bytes);
  while (reader.next(rest)) {
  }
  return reader.malformed();
}

TEST(SessionMessage, IsReadAsItWasWritten) {
  const Start start{
      .kind = Kind::command, .terminal = {50, 132}, .variables = {"TERM=xterm", "LANG=C"}, .text = "ls -l"};
  EXPECT_EQ(only<Start>(written(start)), start);
  EXPECT_EQ(only<Started>(written(Started{})), Started{});
  const Refused refused{Reason::not_allowed, "no"};
  EXPECT_EQ(only<Refused>(written(refused)), refused);
  EXPECT_EQ(only<End>(written(End{Channel::error_output})), End{Channel::error_output});
  const Credit credit{Channel::output, 0x12345678};
  EXPECT_EQ(only<Credit>(written(credit)), credit);
  EXPECT_EQ(only<Stop>(written(Stop{Channel::input})), Stop{Channel::input});
  EXPECT_EQ(only<Size>(written(Size{3, 400})), (Size{3, 400}));
  const Exit exit{Exit::How::signal, 9};
  EXPECT_EQ(only<Exit>(written(exit)), exit);
}

TEST(SessionMessage, ItsBytesAreThoseOfTheSpecification) {
  EXPECT_EQ(written(Credit{Channel::output, 258}), (Bytes{6, 5, 0, 1, 2, 1, 0, 0}));
  const Bytes data = bytes_of("hi");
  EXPECT_EQ(written(Data{Channel::error_output, data}), (Bytes{4, 3, 0, 2, 'h', 'i'}));
  EXPECT_EQ(written(Start{.kind = Kind::shell, .terminal = {24, 80}, .variables = {"A=b"}, .text = "x"}),
            (Bytes{1, 13, 0, 1, 0, 24, 0, 80, 0, 1, 3, 0, 'A', '=', 'b', 'x'}));
}

TEST(SessionMessage, ArrivesInPiecesAndAmongUnknownOnes) {
  Bytes all = written(End{Channel::output});
  const Bytes unknown{99, 2, 0, 1, 2};
  all.insert(all.end(), unknown.begin(), unknown.end());
  const Bytes data = bytes_of("some bytes");
  write(Data{Channel::output, data}, all);
  Reader reader;
  std::vector<std::size_t> kinds;
  Bytes got;
  for (const Byte byte : all) {
    ByteView rest(&byte, 1);
    while (const auto message = reader.next(rest)) {
      kinds.push_back(message->index());
      if (const auto* const piece = std::get_if<Data>(&*message))
        got.assign(piece->bytes.begin(), piece->bytes.end());
    }
  }
  EXPECT_EQ(kinds, (std::vector<std::size_t>{Message(End{}).index(), Message(Data{}).index()}));
  EXPECT_EQ(got, data);
  EXPECT_FALSE(reader.malformed());
}

TEST(SessionMessage, WhatIsMalformedIsNoticed) {
  EXPECT_TRUE(is_malformed({5, 1, 0, 3}));                          // a channel that there is not
  EXPECT_TRUE(is_malformed({6, 2, 0, 1, 2}));                       // too short
  EXPECT_TRUE(is_malformed({4, 0, 0}));                             // no channel
  EXPECT_TRUE(is_malformed({4, 1, 0x80}));                          // longer than a message may be
  EXPECT_TRUE(is_malformed({1, 9, 0, 1, 1, 0, 0, 0, 0, 1, 5, 0}));  // a variable behind the end
  EXPECT_TRUE(is_malformed({1, 8, 0, 1, 1, 0, 0, 0, 0, 0, 0}));     // a command with a zero byte
  EXPECT_TRUE(is_malformed({1, 7, 0, 1, 1, 0, 0, 0, 0, 33}));       // too many variables
  EXPECT_FALSE(is_malformed({5, 2, 0, 1, 77}));                     // room for later versions
}

TEST(SessionMessage, AStartHasALimit) {
  Start start{.text = std::string(kMostPayload - 7, 'x')};
  EXPECT_TRUE(fits(start));
  EXPECT_EQ(only<Start>(written(start)), start);
  start.text += 'x';
  EXPECT_FALSE(fits(start));
  EXPECT_FALSE(fits(Start{.variables = std::vector<std::string>(kMostVariables + 1, "A=b")}));
}

TEST(SessionFlow, NoMoreIsTakenThanWasGranted) {
  ReceiveFlow flow(100);
  EXPECT_TRUE(flow.receive(Bytes(60)));
  EXPECT_FALSE(flow.receive(Bytes(41)));
  EXPECT_TRUE(flow.receive(Bytes(40)));
  EXPECT_EQ(flow.take_grant(), 0U);
  flow.passed_on(24);
  EXPECT_EQ(flow.take_grant(), 0U);  // too little to be worth a message
  flow.passed_on(1);
  EXPECT_EQ(flow.take_grant(), 25U);
  EXPECT_FALSE(flow.receive(Bytes(26)));
  EXPECT_TRUE(flow.receive(Bytes(25)));
  EXPECT_EQ(flow.waiting(), 100U);
}

TEST(SessionFlow, TheEndComesBehindTheBytes) {
  ReceiveFlow flow;
  EXPECT_TRUE(flow.receive(Bytes(10)));
  flow.end();
  EXPECT_TRUE(flow.ended());
  EXPECT_FALSE(flow.done());
  EXPECT_FALSE(flow.receive(Bytes(1)));
  flow.drop();
  EXPECT_TRUE(flow.done());
  EXPECT_EQ(flow.take_grant(), 0U);
}

TEST(SessionFlow, CreditDoesNotOverflow) {
  SendFlow flow;
  flow.granted(UINT32_MAX);
  flow.granted(UINT32_MAX);
  EXPECT_EQ(flow.credit(), UINT32_MAX);
  flow.sent(UINT32_MAX);
  EXPECT_EQ(flow.credit(), 0U);
}

}  // namespace
}  // namespace serialtcp::wire::session
