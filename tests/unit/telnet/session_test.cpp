// The client's end of a telnet connection: openings of real servers, the serial port behind it, and hostile servers.
#include "telnet/session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace serialtcp::telnet {
namespace {

using namespace com_port;

struct Ear final : Listener {
  void negotiated(Way, Byte, Byte) override { ++negotiations; }
  void port_told(const ComPort::Heard& heard) override { told.push_back(heard); }
  int negotiations = 0;
  std::vector<ComPort::Heard> told;
};

struct TelnetSession : testing::Test {
  Bytes take() {
    const ByteView pending = session.pending();
    Bytes taken(pending.begin(), pending.end());
    session.sent(taken.size());
    return taken;
  }
  Bytes receive(const Bytes& bytes) {
    Bytes data;
    session.receive(bytes, now, data);
    return data;
  }
  void say(Byte verb, Byte option) { receive({kIac, verb, option}); }
  void accept_all() {
    for (const Byte option : {option::kBinary, option::kSuppressGoAhead}) {
      say(kWill, option);
      say(kDo, option);
    }
    say(kDo, option::kComPort);
  }
  void answer(Bytes value) {
    value[0] = static_cast<Byte>(value[0] + kFromServer);
    Bytes bytes;
    append_subnegotiation(option::kComPort, value, bytes);
    receive(bytes);
  }

  Time now{};
  Ear ear;
  PortWish wish{.baud = 0x00FF00FF, .flow = kHardwareFlowControl, .dtr = kDtrOn, .rts = kRtsOff};
  Session session{wish, ear, now};
};

bool contains(const Bytes& bytes, const Bytes& part) {
  return std::search(bytes.begin(), bytes.end(), part.begin(), part.end()) != bytes.end();
}

TEST_F(TelnetSession, AsksForBinaryAndTheSerialPort) {
  session.start();
  const Bytes asked = take();
  EXPECT_TRUE(contains(asked, {kIac, kWill, option::kComPort}));
  EXPECT_TRUE(contains(asked, {kIac, kWill, option::kBinary}));
  EXPECT_TRUE(contains(asked, {kIac, kDo, option::kBinary}));
  EXPECT_FALSE(session.negotiated());
  accept_all();
  EXPECT_TRUE(session.negotiated());
  EXPECT_TRUE(session.has_port());
  EXPECT_EQ(session.mode(Side::us), Mode::binary);
  EXPECT_EQ(session.mode(Side::peer), Mode::binary);
  EXPECT_TRUE(take().empty()) << "what we asked for needs no answer";
}

TEST_F(TelnetSession, UnderstandsAnOpeningOfQemuWhichAnswersNothing) {
  Session plain(std::nullopt, ear, now);
  plain.start();
  Bytes data;
  plain.receive(Bytes{kIac, kWill, 1, kIac, kWill, 3, kIac, kWill, 0, kIac, kDo, 0}, now, data);
  EXPECT_TRUE(plain.negotiated());
  EXPECT_EQ(plain.mode(Side::us), Mode::binary);
  EXPECT_EQ(plain.mode(Side::peer), Mode::binary);
  EXPECT_TRUE(data.empty());
}

TEST_F(TelnetSession, UnderstandsAnOpeningOfGensioThatCrossesOurs) {
  session.start();
  take();
  for (const Byte verb : {kWill, kDo}) say(verb, option::kSuppressGoAhead);
  say(kWill, option::kEcho);
  say(kDont, option::kEcho);
  for (const Byte verb : {kDo, kWill}) say(verb, option::kBinary);
  say(kDo, option::kComPort);
  EXPECT_TRUE(session.negotiated());
  EXPECT_TRUE(session.has_port());
  EXPECT_EQ(take(), (Bytes{kIac, kDont, option::kEcho})) << "echo alone is refused";
}

TEST_F(TelnetSession, WithoutBinaryCrIsPaddedInEachDirectionByItself) {
  session.start();
  take();
  say(kWill, option::kBinary);
  say(kDont, option::kBinary);
  EXPECT_EQ(session.mode(Side::us), Mode::text);
  EXPECT_EQ(session.mode(Side::peer), Mode::binary);
  EXPECT_EQ(session.send(Bytes{0x0D, 0xFF}), 2U);
  EXPECT_EQ(take(), (Bytes{0x0D, 0x00, 0xFF, 0xFF}));
  EXPECT_EQ(receive({0x0D, 0x00, 0xFF, 0xFF}), (Bytes{0x0D, 0x00, 0xFF}));
}

TEST_F(TelnetSession, TheModeChangesBetweenTheBytesAroundTheCommand) {
  session.start();
  take();
  say(kDo, option::kBinary);
  EXPECT_EQ(receive({0x0D, 0x00, kIac, kWill, option::kBinary, 0x0D, 0x00, kIac, kWont, option::kBinary, 0x0D,
                     0x00}),
            (Bytes{0x0D, 0x0D, 0x00, 0x0D}));
  session.send(Bytes{0x0D});
  take();
  receive({kIac, kDont, option::kBinary});
  session.send(Bytes{0x0D});
  EXPECT_EQ(take(), (Bytes{kIac, kWont, option::kBinary, 0x0D, 0x00})) << "the answer is before the byte";
}

TEST_F(TelnetSession, WhatLooksLikeARequestOfAServerWithoutTelnetInItsDataIsUndone) {
  session.start();
  accept_all();
  take();
  EXPECT_TRUE(receive({kIac, kDont, option::kBinary}).empty()) << "it may be one, or data";
  EXPECT_EQ(session.mode(Side::us), Mode::text);
  EXPECT_EQ(receive({kIac, 'x'}), (Bytes{kIac, 'x'}));
  EXPECT_EQ(session.mode(Side::us), Mode::binary);
  EXPECT_EQ(session.mode(Side::peer), Mode::binary);
  take();
  EXPECT_EQ(receive({kIac, kDo, 1, 0x0D, 0x00}), (Bytes{kIac, kDo, 1, 0x0D, 0x00}));
  EXPECT_TRUE(take().empty());
  session.send(Bytes{0x0D, kIac});
  EXPECT_EQ(take(), (Bytes{0x0D, kIac, kIac})) << "QEMU reads what it does not write";
}

TEST_F(TelnetSession, SetsThePortAndChecksTheAnswers) {
  session.start();
  accept_all();
  take();
  session.set_port();
  session.purge();
  const Bytes asked = take();
  EXPECT_TRUE(contains(asked, {kIac, kSb, 44, kSetBaudRate, 0, 0xFF, 0xFF, 0, 0xFF, 0xFF, kIac, kSe}))
      << "IAC doubled";
  EXPECT_TRUE(contains(asked, {kIac, kSb, 44, kSetDataSize, 8, kIac, kSe}));
  EXPECT_TRUE(contains(asked, {kIac, kSb, 44, kSetControl, kDtrOn, kIac, kSe}));
  EXPECT_TRUE(contains(asked, {kIac, kSb, 44, kPurgeData, kPurgeBoth, kIac, kSe}));
  answer({kSetBaudRate, 0, 0, 0x25, 0x80});
  answer({kSetDataSize, 8});
  answer({kSetParity, 1});
  answer({kSetStopSize, 1});
  answer({kSetControl, kRtsOff});
  answer({kSetControl, kHardwareFlowControl});
  EXPECT_FALSE(session.port()->answered()) << "DTR is missing";
  answer({kSetControl, kDtrOff});
  EXPECT_TRUE(session.port()->answered());
  EXPECT_EQ(session.port()->settings()[0].answered, 9600U);
  EXPECT_EQ(session.port()->settings()[4].answered, kHardwareFlowControl);
  EXPECT_EQ(session.port()->settings()[5].answered, kDtrOff);
  session.set_port();
  EXPECT_FALSE(session.port()->answered()) << "asked again";
}

TEST_F(TelnetSession, AnswersOfAWrongSizeOrNumberAreIgnored) {
  session.start();
  accept_all();
  session.set_port();
  answer({kSetBaudRate, 0x25, 0x80});
  answer({kSetDataSize});
  answer({kSetParity, 1, 1});
  answer({kSetControl, 200});
  answer({99, 1});
  receive({kIac, kSb, 44, kIac, kSe});
  for (const ComPort::Setting& setting : session.port()->settings()) EXPECT_FALSE(setting.answered);
}

TEST_F(TelnetSession, ControlAnswersMayBeIgnored) {
  wish.control = PortWish::Control::ignored;
  ComPort port(wish);
  Bytes out;
  for (const Byte command : {kSetDataSize, kSetParity, kSetStopSize})
    port.receive(Bytes{static_cast<Byte>(command + kFromServer), 1}, out);
  EXPECT_FALSE(port.answered());
  port.receive(Bytes{kSetBaudRate + kFromServer, 0, 0, 0, 1}, out);
  EXPECT_TRUE(port.answered());
}

// RFC 2217 has an answer for each request, in their order.
TEST_F(TelnetSession, AnAnswerToAnEarlierRequestIsNotTakenForTheLast) {
  ComPort port({.baud = 115200});
  Bytes out;
  const auto rate = [&](std::uint32_t baud) {
    port.receive(Bytes{kSetBaudRate + kFromServer, static_cast<Byte>(baud >> 24),
                       static_cast<Byte>(baud >> 16), static_cast<Byte>(baud >> 8), static_cast<Byte>(baud)},
                 out);
    return port.settings()[0];
  };
  port.request_all(out);
  port.change({.baud = 57600}, out);
  port.change({.baud = 9600}, out);
  EXPECT_FALSE(rate(115200).answered);
  EXPECT_FALSE(rate(57600).answered);
  EXPECT_EQ(rate(4800).answered, 4800U) << "the last is answered with what the port has instead";
  EXPECT_EQ(rate(9600).answered, 9600U) << "a change at the port";

  port.change({.baud = 300}, out);
  port.change({.baud = 1200}, out);
  EXPECT_EQ(rate(1200).answered, 1200U) << "the server answers the last request only";
}

TEST_F(TelnetSession, AnEarlierRequestForTheSameValueIsNoOther) {
  ComPort port({.parity = 1});
  Bytes out;
  const auto parity = [&](Byte value) {
    port.receive(Bytes{kSetParity + kFromServer, value}, out);
    return port.settings()[2].answered;
  };
  port.request_all(out);
  port.change({.parity = 2}, out);
  port.change({.parity = 1}, out);
  EXPECT_EQ(parity(1), 1U);
  EXPECT_EQ(parity(2), 1U);
  EXPECT_EQ(parity(1), 1U);
}

TEST_F(TelnetSession, BothNumbersOfSuspendStopTheDataUntilResume) {
  session.start();
  accept_all();
  take();
  for (const int add : {0, 100}) {
    receive({kIac, kSb, 44, static_cast<Byte>(kFlowControlSuspend + add), kIac, kSe});
    EXPECT_TRUE(session.suspended());
    EXPECT_EQ(session.send(Bytes{1}), 0U);
    receive({kIac, kSb, 44, static_cast<Byte>(kFlowControlResume + add), kIac, kSe});
    EXPECT_EQ(session.send(Bytes{1}), 1U);
  }
}

TEST_F(TelnetSession, NotifiesPinsWhenTheyChangeAndErrorsOfTheLine) {
  session.start();
  accept_all();
  answer({kNotifyModemState, 0xB0 | 0x0B});
  answer({kNotifyModemState, 0xB0});
  answer({kNotifyLineState, 0x61});
  answer({kNotifyLineState, 0x61 | kOverrun});
  ASSERT_EQ(ear.told.size(), 2U) << "the same pins, and a line state without an error, are no news";
  EXPECT_EQ(session.port()->modem_state(), 0xB0);
  EXPECT_EQ(ear.told[1].value, kOverrun);
}

TEST_F(TelnetSession, ExchangesSignatures) {
  session.start();
  accept_all();
  take();
  receive({kIac, kSb, 44, kFromServer, kIac, kSe});
  const Bytes own = take();
  EXPECT_EQ(std::string(own.begin() + 4, own.end() - 2), "serialtcp");
  answer(Bytes(200, 0));
  EXPECT_EQ(ear.told.back().text.size(), ComPort::kMaxSignature);
}

TEST_F(TelnetSession, WithoutASerialPortItsCommandsMeanNothing) {
  Session plain(std::nullopt, ear, now);
  plain.start();
  Bytes data;
  plain.receive(Bytes{kIac, kDo, 44, kIac, kSb, 44, 108, kIac, kSe}, now, data);
  EXPECT_FALSE(plain.has_port());
  EXPECT_FALSE(plain.suspended());
  const ByteView pending = plain.pending();
  EXPECT_TRUE(contains({pending.begin(), pending.end()}, {kIac, kWont, 44}));
}

TEST_F(TelnetSession, APeerThatNegotiatesForEverIsCutOff) {
  session.start();
  std::uint64_t changes = 0;
  for (; changes < 10 * Session::kMaxAnswers && session.failure() == Session::Failure::none; ++changes)
    say(changes % 2 == 0 ? kWill : kWont, option::kComPort);
  EXPECT_EQ(session.failure(), Session::Failure::endless_negotiation);
  EXPECT_EQ(changes, Session::kMaxAnswers + 1);
  EXPECT_LT(session.pending().size(), 3 * Session::kMaxAnswers + 100);
  EXPECT_EQ(session.send(Bytes{1}), 0U);
  EXPECT_TRUE(receive({'x'}).empty());
}

TEST_F(TelnetSession, ASlowOneMayNegotiateForEver) {
  session.start();
  for (std::uint64_t i = 0; i < 10 * Session::kMaxAnswers; ++i) {
    now += std::chrono::milliseconds(100);
    say(kDo, 6);  // TIMING-MARK is asked for again and again
    take();
  }
  EXPECT_EQ(session.failure(), Session::Failure::none);
}

TEST_F(TelnetSession, APeerThatDoesNotReadTheAnswersIsCutOff) {
  session.start();
  accept_all();
  std::size_t most = 0;
  for (std::size_t i = 0; i < Session::kMaxUnread && session.failure() == Session::Failure::none; ++i) {
    now += std::chrono::milliseconds(100);
    receive({kIac, kSb, 44, kFromServer, kIac, kSe});  // asks for our signature
    most = std::max(most, session.pending().size());
  }
  EXPECT_EQ(session.failure(), Session::Failure::answers_not_read);
  EXPECT_LT(most, Session::kMaxUnread + 100);
}

TEST_F(TelnetSession, SendsNoMoreThanIsTaken) {
  session.start();
  std::size_t sent = 0;
  for (int i = 0; i < 100; ++i) sent += session.send(Bytes(10'000, 0xFF));
  EXPECT_LT(session.pending().size(), Session::kMaxUnread);
  EXPECT_LT(sent, 2 * Session::kMaxPending);
  take();
  EXPECT_GT(session.send(Bytes(1)), 0U);
}

}  // namespace
}  // namespace serialtcp::telnet
