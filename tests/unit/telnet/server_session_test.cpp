// The server's end of a telnet connection: openings of real clients, what they ask of the serial port, and hostile clients.
#include "telnet/server_session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "telnet/com_port.h"
#include "telnet/fake_served_port.h"
#include "telnet/session.h"

namespace serialtcp::telnet {
namespace {

using namespace com_port;

struct Heard final : ServerEvents {
  void data(ByteView bytes) override { received.insert(received.end(), bytes.begin(), bytes.end()); }
  void break_pressed() override { ++breaks; }
  Bytes received;
  int breaks = 0;
};

bool contains(const Bytes& bytes, const Bytes& part) {
  return std::search(bytes.begin(), bytes.end(), part.begin(), part.end()) != bytes.end();
}

std::size_t option_messages(ByteView bytes) {
  Parser parser;
  std::size_t count = 0;
  while (const auto item = parser.next(bytes)) {
    if (item->kind == Parser::Item::Kind::negotiation) ++count;
  }
  return count;
}

struct TelnetServer : testing::Test {
  Bytes tell(const Bytes& bytes) {
    Bytes out;
    session.receive(bytes, out);
    return out;
  }
  Bytes say(Byte verb, Byte option) { return tell({kIac, verb, option}); }
  Bytes start() {
    Bytes out;
    session.start(out);
    return out;
  }
  /// As a client that agrees to everything.
  void open() {
    start();
    for (const Byte option : {option::kBinary, option::kSuppressGoAhead}) {
      say(kWill, option);
      say(kDo, option);
    }
    say(kDo, option::kEcho);
    say(kWill, option::kComPort);
  }
  static Bytes request(const Bytes& value) {
    Bytes bytes;
    append_subnegotiation(option::kComPort, value, bytes);
    return bytes;
  }
  /// An answer of the server.
  static Bytes answer(Bytes value) {
    value[0] = static_cast<Byte>(value[0] + kFromServer);
    return request(value);
  }
  Bytes ask(const Bytes& value) { return tell(request(value)); }

  FakeServedPort port;
  Heard heard;
  ServerSession session{heard, &port, "a port"};
};

TEST_F(TelnetServer, OffersTheOptionsAndNeedsNoAnswerToAgreement) {
  const Bytes offered = start();
  EXPECT_EQ(offered, (Bytes{kIac, kWill, 1, kIac, kWill, 3, kIac, kDo, 3, kIac, kWill, 0, kIac, kDo, 0, kIac,
                            kDo, 44}));
  for (const Byte option : {option::kBinary, option::kSuppressGoAhead, option::kEcho})
    EXPECT_TRUE(say(kDo, option).empty());
  for (const Byte option : {option::kBinary, option::kSuppressGoAhead})
    EXPECT_TRUE(say(kWill, option).empty());
  EXPECT_EQ(session.mode(Side::us), Mode::binary);
  EXPECT_EQ(session.mode(Side::peer), Mode::binary);
  EXPECT_FALSE(session.has_port());
}

TEST_F(TelnetServer, TheFirstModemStateComesUnasked) {
  start();
  port.modem = kCts | kDsr;
  EXPECT_EQ(say(kWill, option::kComPort), answer({kNotifyModemState, kCts | kDsr}));
  EXPECT_TRUE(session.has_port());
  EXPECT_EQ(ask({kNotifyModemState}), answer({kNotifyModemState, kCts | kDsr})) << "and when it is asked for";
}

TEST_F(TelnetServer, UnderstandsTheOpeningOfPyserial) {
  const Bytes offered = start();
  // DO ECHO, WILL SGA, DO SGA, DO 44, WILL 44; then the answers to ours.
  Bytes sent;
  for (const auto& [verb, option] :
       {std::pair{kDo, 1}, {kWill, 3}, {kDo, 3}, {kDo, 44}, {kWill, 44}, {kDo, 0}, {kWill, 0}}) {
    const Bytes more = say(verb, static_cast<Byte>(option));
    sent.insert(sent.end(), more.begin(), more.end());
  }
  EXPECT_TRUE(contains(sent, {kIac, kWill, 44})) << "it also asks for this";
  EXPECT_TRUE(session.has_port());
  EXPECT_EQ(session.mode(Side::us), Mode::binary);
  EXPECT_EQ(session.mode(Side::peer), Mode::binary);
  EXPECT_LE(option_messages(offered) + option_messages(sent), ServerSession::kMaxOptionMessages);
}

TEST_F(TelnetServer, BothEndsOfThisProgramAgree) {
  struct Deaf final : Listener {
    void negotiated(Way, Byte, Byte) override {}
    void port_told(const ComPort::Heard&) override {}
  } deaf;
  Session client(PortWish{.baud = 9600, .parity = kParityEven, .stop_size = kStopTwo, .dtr = kDtrOff}, deaf,
                 Time{});
  client.start();
  Bytes out = start();
  bool asked = false;
  for (int turn = 0; turn < 10; ++turn) {
    Bytes data;
    client.receive(out, Time{}, data);
    out.clear();
    if (client.negotiated() && !std::exchange(asked, true)) client.set_port();
    session.receive(client.pending(), out);
    client.sent(client.pending().size());
  }
  ASSERT_TRUE(client.has_port());
  EXPECT_TRUE(client.port()->answered());
  for (const ComPort::Setting& setting : client.port()->settings())
    EXPECT_EQ(setting.asked, setting.answered);
  EXPECT_EQ(port.baud, 9600U);
  EXPECT_EQ(port.parity, kParityEven);
  EXPECT_EQ(port.stop, kStopTwo);
  EXPECT_EQ(port.pins.dtr, kDtrOff);
}

TEST_F(TelnetServer, AnswersCarryTheValueInForce) {
  open();
  EXPECT_EQ(ask({kSetBaudRate, 0, 0, 0x25, 0x80}), answer({kSetBaudRate, 0, 0, 0x25, 0x80}));
  EXPECT_EQ(ask({kSetBaudRate, 0, 0, 0, 0}), answer({kSetBaudRate, 0, 0, 0x25, 0x80})) << "0 asks";
  EXPECT_EQ(ask({kSetBaudRate, 0x7F, 0, 0, 0}), answer({kSetBaudRate, 0, 0, 0x25, 0x80})) << "too fast";
  EXPECT_EQ(ask({kSetDataSize, 7}), answer({kSetDataSize, 7}));
  EXPECT_EQ(ask({kSetDataSize, 9}), answer({kSetDataSize, 7}));
  EXPECT_EQ(ask({kSetParity, kParitySpace}), answer({kSetParity, kParitySpace}));
  EXPECT_EQ(ask({kSetStopSize, kStopOneAndAHalf}), answer({kSetStopSize, kStopOneAndAHalf}));
  EXPECT_EQ(ask({kSetStopSize, 0}), answer({kSetStopSize, kStopOneAndAHalf}));
  EXPECT_EQ(ask({kSetControl, kHardwareFlowControl}), answer({kSetControl, kHardwareFlowControl}));
  EXPECT_EQ(ask({kSetControl, kAskFlowControl}), answer({kSetControl, kHardwareFlowControl}));
  EXPECT_EQ(ask({kSetControl, kDcdFlowControl}), answer({kSetControl, kHardwareFlowControl}))
      << "it has no such";
  EXPECT_EQ(ask({kSetControl, kBreakOn}), answer({kSetControl, kBreakOn}));
  EXPECT_EQ(ask({kSetControl, kAskBreak}), answer({kSetControl, kBreakOn}));
  EXPECT_EQ(ask({kSetControl, kInboundXonXoff}), answer({kSetControl, kInboundXonXoff}));
  EXPECT_EQ(ask({kSetControl, kInboundDtr}), answer({kSetControl, kInboundXonXoff}));
  EXPECT_EQ(ask({kSetControl, kAskDtr}), answer({kSetControl, kDtrOn}));
  EXPECT_EQ(ask({kSetControl, kRtsOff}), answer({kSetControl, kRtsOff}));
  EXPECT_EQ(ask({kSetControl, kAskRts}), answer({kSetControl, kRtsOff}));
  EXPECT_EQ(ask({kPurgeData, kPurgeBoth}), answer({kPurgeData, kPurgeBoth}));
  EXPECT_EQ(port.purged, (std::vector<Byte>{kPurgeBoth}));
}

TEST_F(TelnetServer, ABaudRateWithFfIsDoubled) {
  open();
  port.baud = 0x00FF00FF;
  EXPECT_TRUE(contains(ask({kSetBaudRate, 0, 0, 0, 0}),
                       {kSetBaudRate + kFromServer, 0, 0xFF, 0xFF, 0, 0xFF, 0xFF, kIac, kSe}));
}

TEST_F(TelnetServer, PinsThatArriveTogetherAreSetTogetherAndEachChangeIsMade) {
  open();
  Bytes all;
  for (const Byte value : {kDtrOff, kRtsOn, kRtsOff, kDtrOn}) {
    const Bytes one = request({kSetControl, value});
    all.insert(all.end(), one.begin(), one.end());
  }
  const Bytes answers = tell(all);
  EXPECT_EQ(port.pin_changes, (std::vector<ServedPort::Pins>{{kDtrOff, kRtsOn}, {kDtrOn, kRtsOff}}));
  Bytes expected;
  for (const Byte value : {kDtrOff, kRtsOn, kRtsOff, kDtrOn}) {
    const Bytes one = answer({kSetControl, value});
    expected.insert(expected.end(), one.begin(), one.end());
  }
  EXPECT_EQ(answers, expected);
}

TEST_F(TelnetServer, PinsAreSetBeforeWhatFollowsThem) {
  open();
  Bytes all = request({kSetControl, kDtrOff});
  all.push_back('x');
  const Bytes second = request({kSetControl, kRtsOff});
  all.insert(all.end(), second.begin(), second.end());
  tell(all);
  EXPECT_EQ(port.pin_changes, (std::vector<ServedPort::Pins>{{kDtrOff, {}}, {{}, kRtsOff}}));
}

TEST_F(TelnetServer, ChangesOfThePinsAreNotifiedByTheMask) {
  open();
  const auto look = [this](Byte state) {
    port.modem = state;
    Bytes out;
    session.look_at_pins(out);
    return out;
  };
  EXPECT_TRUE(look(0).empty());
  EXPECT_EQ(look(kCts), answer({kNotifyModemState, kCts | 1}));
  EXPECT_TRUE(look(kCts).empty()) << "once";
  EXPECT_EQ(look(kRing), answer({kNotifyModemState, kRing | 1})) << "RI is told by its end";
  EXPECT_EQ(look(0), answer({kNotifyModemState, kRingEnded}));
  EXPECT_EQ(ask({kSetModemStateMask, kCarrier}), answer({kSetModemStateMask, kCarrier}));
  EXPECT_TRUE(look(kCts | kDsr).empty());
  EXPECT_EQ(look(kCarrier), answer({kNotifyModemState, kCarrier}));
  ask({kSetModemStateMask, 0});
  EXPECT_FALSE(session.watches_pins());
}

TEST_F(TelnetServer, LineErrorsAreNotifiedOnceTheClientWantsThem) {
  open();
  const auto occur = [this](Byte bits) {
    Bytes out;
    session.notify_line_state(bits, out);
    return out;
  };
  EXPECT_FALSE(session.watches_line());
  EXPECT_TRUE(occur(kOverrun).empty());
  EXPECT_EQ(ask({kSetLineStateMask, kOverrun | kBreakDetected}),
            answer({kSetLineStateMask, kOverrun | kBreakDetected}));
  EXPECT_TRUE(session.watches_line());
  EXPECT_EQ(occur(kOverrun | kParityError), answer({kNotifyLineState, kOverrun}));
  EXPECT_TRUE(occur(kParityError).empty());
}

TEST_F(TelnetServer, BothNumbersOfSuspendAreUnderstood) {
  open();
  for (const int add : {0, 100}) {
    EXPECT_TRUE(ask({static_cast<Byte>(kFlowControlSuspend + add)}).empty());
    EXPECT_TRUE(session.suspended());
    ask({static_cast<Byte>(kFlowControlResume + add)});
    EXPECT_FALSE(session.suspended());
  }
}

TEST_F(TelnetServer, SignaturesAreExchanged) {
  open();
  Bytes own{kSignature};
  for (const char letter : std::string("a port")) own.push_back(static_cast<Byte>(letter));
  EXPECT_EQ(ask({kSignature}), answer(own));
  EXPECT_EQ(session.take_signature(), std::nullopt);
  ask({kSignature, 'm', 'e'});
  EXPECT_EQ(session.take_signature(), "me");
  EXPECT_EQ(session.take_signature(), std::nullopt);
}

TEST_F(TelnetServer, AllValuesArriveInBothDirectionsAndInBothModes) {
  Bytes all;
  for (int value = 0; value < 256; ++value)
    all.insert(all.end(), {static_cast<Byte>(value), kCarriageReturn, kNul, kIac});
  for (const Byte agreed : {kWont, kWill}) {
    start();
    say(agreed, option::kBinary);
    say(agreed == kWill ? kDo : kDont, option::kBinary);
    Bytes coded;
    append_data(all, session.mode(Side::peer), coded);
    heard.received.clear();
    tell(coded);
    EXPECT_EQ(heard.received, all);
    coded.clear();
    session.encode(all, coded);
    Parser client;
    client.set_mode(session.mode(Side::us));
    Bytes read;
    ByteView rest(coded);
    while (const auto item = client.next(rest))
      read.insert(read.end(), item->bytes.begin(), item->bytes.end());
    EXPECT_EQ(read, all);
  }
}

TEST_F(TelnetServer, UnknownOptionsAreRefusedOnce) {
  start();
  EXPECT_EQ(say(kWill, 31), (Bytes{kIac, kDont, 31}));
  EXPECT_TRUE(say(kWill, 31).empty());
  EXPECT_EQ(say(kDo, 31), (Bytes{kIac, kWont, 31})) << "the other side is another option";
  EXPECT_TRUE(say(kWont, 31).empty()) << "agreement needs no answer";
}

TEST_F(TelnetServer, NoClientCausesMoreThanTwelveOptionMessages) {
  std::size_t sent = option_messages(start());
  for (int turn = 0; turn < 1000; ++turn) {
    for (const Byte option : {option::kBinary, option::kEcho, Byte{24}, static_cast<Byte>(turn)}) {
      for (const Byte verb : {kWill, kWont, kDo, kDont}) sent += option_messages(say(verb, option));
    }
  }
  EXPECT_EQ(sent, ServerSession::kMaxOptionMessages);
  EXPECT_TRUE(session.negotiates_without_end());
  EXPECT_EQ(session.mode(Side::us), Mode::text) << "the last that was agreed to was not to use it";
  EXPECT_TRUE(say(kDo, option::kBinary).empty());
  EXPECT_EQ(session.mode(Side::us), Mode::text) << "without an answer there is no agreement";
}

TEST_F(TelnetServer, ALongSubnegotiationIsSkippedAndOneWithoutAnEndFails) {
  open();
  Bytes longest{kSignature};
  longest.resize(ServerSession::kMaxSubnegotiation, 'a');
  ask(longest);
  EXPECT_EQ(session.take_signature(), std::string(ServerSession::kMaxSubnegotiation - 1, 'a'));
  longest.push_back('a');
  EXPECT_TRUE(ask(longest).empty());
  EXPECT_EQ(session.take_signature(), std::nullopt);
  EXPECT_EQ(ask({kSetDataSize, 0}), answer({kSetDataSize, 8})) << "the next one is read";
  EXPECT_FALSE(session.failed());
  tell({kIac, kSb, option::kComPort});
  tell(Bytes(Parser::kMaxSkipped + 1, 'x'));
  EXPECT_TRUE(session.failed());
  EXPECT_TRUE(heard.received.empty());
}

TEST_F(TelnetServer, RequestsOfAWrongSizeOrNumberChangeNothing) {
  open();
  for (const Bytes& value : {Bytes{kSetBaudRate, 1},
                             {kSetBaudRate, 0, 0, 1, 2, 3},
                             {kSetDataSize},
                             {kSetParity, 2, 2},
                             {kSetControl},
                             {kSetControl, 20},
                             {kSetControl, 200},
                             {kPurgeData, 0},
                             {kPurgeData, 4},
                             {13, 1},
                             {99},
                             {200, 1}})
    EXPECT_TRUE(ask(value).empty()) << int(value[0]);
  EXPECT_TRUE(tell({kIac, kSb, 44, kIac, kSe}).empty());
  EXPECT_EQ(port.baud, 115200U);
  EXPECT_TRUE(port.pin_changes.empty() && port.purged.empty());
}

TEST_F(TelnetServer, BreakAndAreYouThere) {
  open();
  EXPECT_TRUE(tell({kIac, kBreak}).empty());
  EXPECT_EQ(heard.breaks, 1);
  EXPECT_FALSE(tell({kIac, kAreYouThere}).empty());
  EXPECT_TRUE(heard.received.empty());
}

TEST_F(TelnetServer, WithoutAPortTheOptionIsRefusedAndItsRequestsAreIgnored) {
  ServerSession plain(heard, nullptr, "");
  Bytes out;
  plain.start(out);
  EXPECT_FALSE(contains(out, {kIac, kDo, option::kComPort}));
  out.clear();
  plain.receive(Bytes{kIac, kWill, option::kComPort}, out);
  EXPECT_EQ(out, (Bytes{kIac, kDont, option::kComPort}));
  out.clear();
  plain.receive(request({kSetDataSize, 7}), out);
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(port.size, 8);
}

TEST_F(TelnetServer, AClientWithoutTelnetIsRecognized) {
  start();
  tell({'l', 's', 0x0D});
  EXPECT_FALSE(session.speaks_telnet());
  EXPECT_FALSE(session.sends_bare_iac());
  tell({kIac, 'x'});
  EXPECT_TRUE(session.sends_bare_iac());
  EXPECT_EQ(heard.received, (Bytes{'l', 's', 0x0D, kIac, 'x'}));
}

TEST_F(TelnetServer, AnAnswerIsNoMuchLongerThanWhatCausesIt) {
  open();
  for (int command = 0; command < 256; ++command) {
    for (const std::size_t size : {0U, 1U, 4U}) {
      Bytes value{static_cast<Byte>(command)};
      value.resize(size + 1, 0xFF);
      const std::size_t asked = request(value).size();
      EXPECT_LE(ask(value).size(), asked * ServerSession::kMaxAnswer) << command;
    }
  }
}

}  // namespace
}  // namespace serialtcp::telnet
