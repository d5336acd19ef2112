// TelnetLine and a server made of a script: opening, answers that differ, silence, flow control, hostile servers.
#include "port/telnet_line.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "port/line_factory.h"
#include "shell_fixture.h"

namespace serialtcp::io {
namespace {

using namespace telnet;
using namespace telnet::com_port;

struct TelnetLineTest : testing::Test {
  /// `query` is with its '?'.
  void make(const std::string& scheme, const std::string& query = "") {
    name = scheme + "://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + query;
    auto made = make_line({context, name, settings, recorder});
    ASSERT_TRUE(made) << made.error();
    line = std::move(*made);
  }
  void begin_open() {
    result.reset();
    line->open(
        [this](const std::expected<void, OpenError>& opened) { result = opened ? "" : opened.error().text; });
    // Accepted before the line has noticed that it is connected: what the server says then is there in time.
    far = tcp::socket(context);
    acceptor.non_blocking(true);
    ASSERT_TRUE(run_until(context, [this] {
      ErrorCode error;
      acceptor.accept(far, error);
      return !error;
    }));
    far.non_blocking(true);
  }
  std::string opened() {
    return run_until(context, [&] { return result.has_value(); }) ? *result : "(not called)";
  }
  void say(const Bytes& bytes) { EXPECT_EQ(far.send(asio::buffer(bytes)), bytes.size()); }
  void accept_telnet() {
    say({kIac, kWill, option::kBinary, kIac, kDo, option::kBinary});
    say({kIac, kWill, option::kSuppressGoAhead, kIac, kDo, option::kSuppressGoAhead});
  }
  void accept_port() {
    accept_telnet();
    say({kIac, kDo, option::kComPort});
  }
  void answer(Bytes value) {
    value[0] = static_cast<Byte>(value[0] + kFromServer);
    Bytes bytes;
    append_subnegotiation(option::kComPort, value, bytes);
    say(bytes);
  }
  /// What was received before is forgotten.
  void await_requests() {
    EXPECT_TRUE(server_gets({kIac, kSb, 44, kPurgeData, kPurgeBoth, kIac, kSe}));
    received.clear();
  }
  /// As a port that has been asked for its settings.
  void answer_all(std::uint32_t baud) {
    answer({kSetBaudRate, static_cast<Byte>(baud >> 24), static_cast<Byte>(baud >> 16),
            static_cast<Byte>(baud >> 8), static_cast<Byte>(baud)});
    for (const Byte command : {kSetDataSize, kSetParity, kSetStopSize})
      answer({command, static_cast<Byte>(command == kSetDataSize ? 8 : 1)});
    answer({kSetControl, kNoFlowControl});
  }
  /// Runs until the server has received this.
  bool server_gets(const Bytes& part) {
    return run_until(context, [&] {
      Bytes more(4096);
      ErrorCode error;
      const std::size_t size = far.read_some(asio::buffer(more), error);
      received.insert(received.end(), more.begin(), more.begin() + static_cast<std::ptrdiff_t>(size));
      return std::search(received.begin(), received.end(), part.begin(), part.end()) != received.end();
    });
  }
  Bytes read() {
    Bytes all;
    run_until(context, [&] {
      Bytes buffer(3);
      last = line->read(buffer);
      all.insert(all.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(last.count));
      return last.status == LineStatus::gone || (last.status == LineStatus::would_block && !all.empty());
    });
    return all;
  }

  asio::io_context context;
  tcp::acceptor acceptor{context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  tcp::socket far{context};
  Recorder recorder;
  SerialSettings settings;
  std::string name;
  std::unique_ptr<Line> line;
  std::optional<std::string> result;
  Bytes received;
  LineResult last;
};

TEST_F(TelnetLineTest, SetsTheFarPortBeforeItIsOpen) {
  settings.baud = 57600;
  make("rfc2217");
  begin_open();
  accept_port();
  EXPECT_TRUE(server_gets({kIac, kSb, 44, kSetBaudRate, 0, 0, 0xE1, 0, kIac, kSe}));
  EXPECT_FALSE(result);
  await_requests();
  answer_all(57600);
  EXPECT_EQ(opened(), "");
  EXPECT_EQ(line->opened_as(), "at 57600 8N1 (RFC 2217, binary)");
  EXPECT_EQ(recorder.all(), "") << "nothing is wrong";

  const Bytes all{0x0D, 0x00, 0xFF, 0x0D, 0x0A, 0x11};
  EXPECT_EQ(line->write(all).count, all.size());
  EXPECT_TRUE(server_gets({0x0D, 0x00, 0xFF, 0xFF, 0x0D, 0x0A, 0x11}));
  say({0x0D, 0x00, 0xFF, 0xFF, 0x0D, 0x0A, 0x13});
  EXPECT_EQ(read(), (Bytes{0x0D, 0x00, 0xFF, 0x0D, 0x0A, 0x13}));
}

TEST_F(TelnetLineTest, SaysWhichSpeedThePortHasAccepted) {
  make("rfc2217");
  begin_open();
  accept_port();
  await_requests();
  answer_all(9600);
  EXPECT_EQ(opened(), "");
  EXPECT_TRUE(recorder.has("it was asked for baud rate 115200 and has 9600")) << recorder.all();
  EXPECT_EQ(line->opened_as(), "at 9600 8N1 (RFC 2217, binary)");
}

TEST_F(TelnetLineTest, AnotherSpeedIsAskedForAndTheAnswerOfThePortCounts) {
  make("rfc2217");
  begin_open();
  accept_port();
  await_requests();
  answer_all(115200);
  ASSERT_EQ(opened(), "");
  EXPECT_EQ(line->speed(), 115200U);
  std::optional<Line::SpeedAnswer> told;
  const auto take = [&](Line::SpeedAnswer what) { told = std::move(what); };
  const auto answered = [&] {
    Bytes buffer(8);
    line->read(buffer);
    return told.has_value();
  };
  line->set_speed(921600, take);
  EXPECT_FALSE(told);
  EXPECT_TRUE(server_gets({kIac, kSb, 44, kSetBaudRate, 0, 0x0E, 0x10, 0, kIac, kSe}));
  answer({kSetBaudRate, 0, 0x07, 0x08, 0});  // it can do half of that
  EXPECT_TRUE(run_until(context, answered));
  EXPECT_EQ(*told, Line::SpeedAnswer(460800U));
  told.reset();
  line->set_speed(3000000, take);
  EXPECT_TRUE(run_until(context, [&] { return told.has_value(); })) << "a server that says nothing";
  EXPECT_FALSE(*told);
}

TEST_F(TelnetLineTest, APortThatAnswersNothingIsUsedAndNamed) {
  make("rfc2217", "?timeout=0.1");
  begin_open();
  accept_port();
  EXPECT_EQ(opened(), "");
  EXPECT_TRUE(recorder.has("it has not answered the request for baud rate 115200")) << recorder.all();
  EXPECT_TRUE(recorder.has("control no flow control")) << recorder.all();
}

TEST_F(TelnetLineTest, AnswersAboutControlAreNotAwaitedIfToldSo) {
  make("rfc2217", "?ign_set_control&timeout=20");
  begin_open();
  accept_port();
  await_requests();
  answer({kSetBaudRate, 0, 1, 0xC2, 0});
  for (const Byte command : {kSetDataSize, kSetParity, kSetStopSize})
    answer({command, static_cast<Byte>(command == kSetDataSize ? 8 : 1)});
  EXPECT_EQ(opened(), "");
  EXPECT_EQ(recorder.all(), "");
}

TEST_F(TelnetLineTest, AServerWithoutASerialPortIsAnError) {
  make("rfc2217");
  begin_open();
  accept_telnet();
  say({kIac, kDont, option::kComPort});
  EXPECT_EQ(opened(),
            "the server does not accept COM-PORT-OPTION (RFC 2217): enable it there, or use telnet://");
}

TEST_F(TelnetLineTest, AServerThatClosesIsNotConnectedToAgainAtOnce) {
  make("rfc2217");
  begin_open();
  far.close();
  EXPECT_NE(opened(), "");
  const auto before = std::chrono::steady_clock::now();
  begin_open();
  EXPECT_GE(std::chrono::steady_clock::now() - before, TelnetLine::kFirstPause);
  accept_port();
  await_requests();
  answer_all(115200);
  EXPECT_EQ(opened(), "");
  line->close();
  const auto again = std::chrono::steady_clock::now();
  begin_open();
  EXPECT_LT(std::chrono::steady_clock::now() - again, TelnetLine::kFirstPause) << "it was of use meanwhile";
}

TEST_F(TelnetLineTest, ARawPortIsNoticed) {
  make("rfc2217", "?timeout=0.1");
  begin_open();
  say({'l', 'o', 'g', 'i', 'n'});
  EXPECT_EQ(opened(), "nothing of telnet was received within 0.1 s: is it a raw port? Use socket:// for one");
  make("telnet", "?timeout=0.1");
  begin_open();
  say({'l', 'o', 'g', 'i', 'n'});
  EXPECT_EQ(opened(), "");
  EXPECT_TRUE(recorder.has("it may be a raw port")) << recorder.all();
  EXPECT_EQ(read(), (Bytes{'l', 'o', 'g', 'i', 'n'})) << "what came before it was open is kept";
}

TEST_F(TelnetLineTest, WithoutBinaryCrIsPaddedAndTheUserIsTold) {
  make("telnet");
  begin_open();
  for (const Byte option : {option::kBinary, option::kSuppressGoAhead})
    say({kIac, kWont, option, kIac, kDont, option});
  EXPECT_EQ(opened(), "");
  EXPECT_TRUE(recorder.has("does not accept the option BINARY in either direction")) << recorder.all();
  EXPECT_EQ(line->write(Bytes{0x0D}).count, 1U);
  EXPECT_TRUE(server_gets({0x0D, 0x00}));
  say({0x0D, 0x00, 'x'});
  EXPECT_EQ(read(), (Bytes{0x0D, 'x'}));
}

TEST_F(TelnetLineTest, AServerThatDoesNotDoubleIacIsNamedOnce) {
  make("telnet");
  begin_open();
  accept_telnet();
  EXPECT_EQ(opened(), "");
  say({'a', kIac, 'b', kIac, kIac});
  EXPECT_EQ(read(), (Bytes{'a', kIac, 'b', kIac, kIac}));
  EXPECT_TRUE(recorder.has("sends the byte FF hex without doubling it")) << recorder.all();
  const std::string before = recorder.all();
  say({kIac, 'c'});
  EXPECT_EQ(read(), (Bytes{kIac, 'c'}));
  EXPECT_EQ(recorder.all(), before);
}

TEST_F(TelnetLineTest, SuspendHoldsTheWriterUntilResume) {
  make("rfc2217");
  begin_open();
  accept_port();
  await_requests();
  answer_all(115200);
  EXPECT_EQ(opened(), "");
  say({kIac, kSb, 44, 108, kIac, kSe, 'a'});
  EXPECT_EQ(read(), Bytes{'a'});
  EXPECT_EQ(line->write(Bytes{1}).status, LineStatus::would_block);
  bool writable = false;
  line->when_writable([&] { writable = true; });
  run_ready(context);
  EXPECT_FALSE(writable);
  const auto told = line->restore_settings();
  EXPECT_TRUE(told && told->find("FLOWCONTROL-SUSPEND") != std::string::npos);
  EXPECT_FALSE(line->restore_settings()) << "once";
  say({kIac, kSb, 44, 109, kIac, kSe, 'b'});
  EXPECT_EQ(read(), Bytes{'b'});
  EXPECT_TRUE(run_until(context, [&] { return writable; }));
  EXPECT_EQ(line->write(Bytes{1}).count, 1U);
}

TEST_F(TelnetLineTest, PollModemAsksForThePinsAndLoggingShowsThem) {
  make("rfc2217", "?poll_modem&logging=info");
  begin_open();
  accept_port();
  await_requests();
  answer_all(115200);
  EXPECT_EQ(opened(), "");
  EXPECT_TRUE(server_gets({kIac, kSb, 44, kNotifyModemState, kIac, kSe}));
  say({kIac, kSb, 44, 107, 0x30, kIac, kSe, 'a'});
  EXPECT_EQ(read(), Bytes{'a'});
  EXPECT_TRUE(recorder.has("pins of the far port: CTS on, DSR on, RI off, CD off")) << recorder.all();
}

TEST_F(TelnetLineTest, ASettingThatIsChangedLaterIsReported) {
  make("rfc2217");
  begin_open();
  accept_port();
  await_requests();
  answer_all(115200);
  EXPECT_EQ(opened(), "");
  line->restore_settings();
  answer_all(9600);
  say({'x'});
  EXPECT_EQ(read(), Bytes{'x'});
  EXPECT_TRUE(recorder.has("was asked for baud rate 115200 and has 9600")) << recorder.all();
}

TEST_F(TelnetLineTest, AServerThatNegotiatesForEverIsLeft) {
  make("telnet");
  begin_open();
  accept_telnet();
  EXPECT_EQ(opened(), "");
  Bytes endless;
  for (std::uint64_t i = 0; i < 2 * Session::kMaxAnswers; ++i)
    append_negotiation(i % 2 == 0 ? kWill : kWont, option::kSuppressGoAhead, endless);
  std::size_t sent = 0;
  run_until(context, [&] {
    ErrorCode error;
    sent += far.write_some(asio::buffer(endless) + sent, error);
    Bytes buffer(10);
    last = line->read(buffer);
    return last.status == LineStatus::gone;
  });
  EXPECT_EQ(last.reason, "the server negotiates options of telnet without end: more than 500 requests");
}

TEST_F(TelnetLineTest, AServerThatClosesIsReportedWithItsText) {
  make("telnet");
  begin_open();
  accept_telnet();
  say({'B', 'u', 's', 'y'});
  far.close();
  const std::string why = opened();
  if (why.empty()) {
    EXPECT_EQ(read(), (Bytes{'B', 'u', 's', 'y'}));
  } else {
    EXPECT_NE(why.find("sent the text \"Busy\""), std::string::npos) << why;
  }
}

TEST_F(TelnetLineTest, NothingIsCalledAfterClose) {
  make("rfc2217", "?timeout=0.05");
  begin_open();
  line->close();
  bool later = false;
  asio::steady_timer timer(context, std::chrono::milliseconds(200));
  timer.async_wait([&](ErrorCode) { later = true; });
  EXPECT_TRUE(run_until(context, [&] { return later; }));
  EXPECT_FALSE(result);
}

TEST(TelnetUrl, MistakesListWhatIsKnown) {
  asio::io_context context;
  Recorder recorder;
  const SerialSettings settings;
  const auto error = [&](const std::string& of) {
    auto line = make_line({context, of, settings, recorder});
    return line ? "" : line.error();
  };
  EXPECT_EQ(error("rfc2217://box:1?ign_set_control&poll_modem&timeout=2.5&logging=debug"), "");
  EXPECT_EQ(error("telnet://[::1]:23/?timeout=1"), "");
  EXPECT_EQ(
      error("rfc2217://box:1?baud=9"),
      "the option 'baud' is not known; known here: ign_set_control, poll_modem, timeout=SECONDS and logging=LEVEL");
  EXPECT_EQ(error("telnet://box:1?poll_modem"),
            "the option 'poll_modem' is not known; known here: timeout=SECONDS and logging=LEVEL");
  EXPECT_EQ(error("rfc2217://box:1?poll_modem=1"), "the option poll_modem has no value");
  EXPECT_EQ(error("rfc2217://box:1?timeout"), "the option timeout needs a value: timeout=SECONDS");
  EXPECT_EQ(error("rfc2217://box:1?timeout=-1"), "timeout=-1 is no number of seconds up to 600");
  EXPECT_EQ(error("rfc2217://box:1?logging=loud"), "logging=loud: use debug, info, warning or error");
  EXPECT_EQ(error("rfc2217://box"), "'box' is not HOST:PORT, as in 192.168.0.1:22");
  EXPECT_EQ(exclusive_line("rfc2217://box:1?poll_modem"), exclusive_line("socket://box:1"));
  EXPECT_EQ(exclusive_line("telnet://box:1"), exclusive_line("rfc2217://box:1/"));
}

}  // namespace
}  // namespace serialtcp::io
