// Lines that are not devices, and the names that select them.
#include "port/line_factory.h"

#include <boost/asio/local/stream_protocol.hpp>
#include <filesystem>
#include <optional>

#include "net/socket_queues.h"
#include "port/loop_line.h"
#include "port/socket_line.h"
#include "port/unix_line.h"
#include "shell_fixture.h"
#include "temporary_folder.h"

namespace serialtcp::io {
namespace {

Bytes text(std::string_view from) {
  return {from.begin(), from.end()};
}

/// The error of opening, "" for none.
std::string open(asio::io_context& context, Line& line) {
  std::optional<std::string> result;
  line.open([&result](const std::expected<void, OpenError>& opened) {
    result = opened ? "" : opened.error().text;
  });
  return run_until(context, [&] { return result.has_value(); }) ? *result : "(not called)";
}

TEST(LoopLine, ReturnsWhatWasWritten) {
  asio::io_context context;
  LoopLine line(context);
  ASSERT_EQ(open(context, line), "");
  bool readable = false;
  line.when_readable([&readable] { readable = true; });
  run_ready(context);
  EXPECT_FALSE(readable);
  ASSERT_EQ(line.write(text("hello")).count, 5U);
  EXPECT_FALSE(readable) << "never from within a call";
  run_ready(context);
  EXPECT_TRUE(readable);
  Bytes buffer(3);
  EXPECT_EQ(line.read(buffer).count, 3U);
  EXPECT_EQ(buffer, text("hel"));
  EXPECT_EQ(line.read(buffer).count, 2U);
  EXPECT_EQ(line.read(buffer).status, LineStatus::would_block);
}

TEST(LoopLine, HasNoSpeed) {
  asio::io_context context;
  LoopLine line(context);
  ASSERT_EQ(open(context, line), "");
  EXPECT_EQ(line.speed(), 0U);
  std::optional<Line::SpeedAnswer> told;
  line.set_speed(9600, [&](Line::SpeedAnswer what) { told = std::move(what); });
  ASSERT_TRUE(told);
  EXPECT_EQ(*told, Line::SpeedAnswer(std::unexpected("it has no speed")));
}

TEST(LoopLine, BlocksWhenFullAndReportsRoom) {
  asio::io_context context;
  LoopLine line(context);
  ASSERT_EQ(open(context, line), "");
  EXPECT_EQ(line.write(Bytes(2 * LoopLine::kCapacity)).count, LoopLine::kCapacity);
  EXPECT_EQ(line.write(Bytes(1)).status, LineStatus::would_block);
  bool writable = false;
  line.when_writable([&writable] { writable = true; });
  run_ready(context);
  EXPECT_FALSE(writable);
  Bytes buffer(1);
  EXPECT_EQ(line.read(buffer).count, 1U);
  run_ready(context);
  EXPECT_TRUE(writable);
}

struct SocketLineTest : testing::Test {
  asio::io_context context;
  tcp::acceptor acceptor{context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  SocketLine line{context, Target{"127.0.0.1", acceptor.local_endpoint().port()}};
};

TEST_F(SocketLineTest, CarriesBytesBothWays) {
  ASSERT_EQ(open(context, line), "");
  tcp::socket far = acceptor.accept();
  ASSERT_EQ(line.write(text("there")).count, 5U);
  Bytes buffer(5);
  ASSERT_EQ(far.receive(asio::buffer(buffer)), 5U);
  EXPECT_EQ(buffer, text("there"));

  bool readable = false;
  line.when_readable([&readable] { readable = true; });
  far.send(asio::buffer(text("back")));
  ASSERT_TRUE(run_until(context, [&] { return readable; }));
  EXPECT_EQ(line.read(buffer).count, 4U);
}

TEST_F(SocketLineTest, AcknowledgesAtOnceSoThatAFarSideWithNagleDoesNotWait) {
  ASSERT_EQ(open(context, line), "");
  tcp::socket far = acceptor.accept();
  Bytes byte(1);
  // After some questions with their answers, a kernel delays acknowledgements.
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(line.write(byte).count, 1U);
    ASSERT_EQ(far.receive(asio::buffer(byte)), 1U);
    far.send(asio::buffer(byte));
    ASSERT_TRUE(run_until(context, [&] { return line.read(byte).count == 1; }));
    EXPECT_EQ(unsent_bytes(far.native_handle()), 0U) << "not yet acknowledged in round " << i;
  }
}

TEST_F(SocketLineTest, IsGoneWhenTheFarEndClosesAndCanBeOpenedAgain) {
  ASSERT_EQ(open(context, line), "");
  acceptor.accept().close();
  bool readable = false;
  line.when_readable([&readable] { readable = true; });
  ASSERT_TRUE(run_until(context, [&] { return readable; }));
  Bytes buffer(5);
  EXPECT_EQ(line.read(buffer).status, LineStatus::gone);
  line.close();
  ASSERT_EQ(open(context, line), "");
  tcp::socket far = acceptor.accept();
  far.send(asio::buffer(text("again")));
  EXPECT_TRUE(run_until(context, [&] { return line.read(buffer).count == 5; }));
}

/// Why the line was lost, after the server has sent this and closed.
std::string loss_after(SocketLineTest& test, std::string_view said) {
  EXPECT_EQ(open(test.context, test.line), "");
  tcp::socket far = test.acceptor.accept();
  far.send(asio::buffer(text(said)));
  far.close();
  Bytes buffer(1000);
  LineResult result;
  EXPECT_TRUE(run_until(test.context, [&] {
    result = test.line.read(buffer);
    return result.status == LineStatus::gone;
  }));
  test.line.close();
  return result.reason;
}

TEST_F(SocketLineTest, TellsWhatAServerSaidThatClosed) {
  const std::string closed = "it was unplugged or closed at the far end";
  EXPECT_EQ(loss_after(*this, "Port already in use\r\n"),
            closed + ", after it had sent the text \"Port already in use\"");
  EXPECT_EQ(loss_after(*this, ""), closed);
  EXPECT_EQ(loss_after(*this, "\x1b[31mred"), closed) << "what could drive a terminal is not told";
  EXPECT_EQ(loss_after(*this, "\x9b\xff"), closed);
  EXPECT_EQ(loss_after(*this, std::string(1000, 'x')), closed) << "nor is what is long";
}

TEST_F(SocketLineTest, SaysWhyItCannotConnect) {
  acceptor.close();
  EXPECT_EQ(open(context, line), "nothing listens there: is the other program running?");
}

struct UnixLineTest : testing::Test {
  using Socket = asio::local::stream_protocol::socket;
  UnixLineTest() { listen(); }

  void listen() {
    acceptor.open();
    acceptor.bind(asio::local::stream_protocol::endpoint(path));
    acceptor.listen(1);
  }

  TemporaryFolder folder;
  std::string path = folder.file("vm.sock");
  asio::io_context context;
  asio::local::stream_protocol::acceptor acceptor{context};
  UnixLine line{context, path};
};

TEST_F(UnixLineTest, CarriesBytesBothWays) {
  ASSERT_EQ(open(context, line), "");
  Socket far = acceptor.accept();
  ASSERT_EQ(line.write(text("there")).count, 5U);
  EXPECT_GT(line.unsent(), 0U) << "nobody has read it";
  Bytes buffer(5);
  ASSERT_EQ(far.receive(asio::buffer(buffer)), 5U);
  EXPECT_EQ(buffer, text("there"));
  EXPECT_EQ(line.unsent(), 0U);

  bool readable = false;
  line.when_readable([&readable] { readable = true; });
  far.send(asio::buffer(text("back")));
  ASSERT_TRUE(run_until(context, [&] { return readable; }));
  EXPECT_EQ(line.read(buffer).count, 4U);
}

TEST_F(UnixLineTest, IsGoneWhenTheVirtualMachineEndsAndCanBeOpenedAgain) {
  ASSERT_EQ(open(context, line), "");
  acceptor.accept().close();
  Bytes buffer(5);
  EXPECT_EQ(line.read(buffer).status, LineStatus::gone);
  line.close();
  acceptor.close();
  EXPECT_EQ(open(context, line), "nothing listens there: is the virtual machine or program running?");
  std::filesystem::remove(path);
  EXPECT_EQ(open(context, line),
            "there is no such socket: is the virtual machine or program that makes it running?");
  listen();
  ASSERT_EQ(open(context, line), "");
  Socket far = acceptor.accept();
  far.send(asio::buffer(text("again")));
  EXPECT_TRUE(run_until(context, [&] { return line.read(buffer).count == 5; }));
}

TEST_F(UnixLineTest, NothingComesAfterCloseDuringOpen) {
  bool called = false;
  line.open([&called](const std::expected<void, OpenError>&) { called = true; });
  line.close();
  run_ready(context);
  EXPECT_FALSE(called);
  ASSERT_EQ(open(context, line), "");
}

TEST(LineFactory, NamesSlashesThatAreMissing) {
  for (const std::string name : {"telnet:box:23", "rfc2217:/box:1", "loop:"}) {
    const auto found = look_at_line(name);
    ASSERT_FALSE(found) << name;
    EXPECT_TRUE(found.error().text.starts_with("two slashes are missing behind the colon: write ")) << name;
    EXPECT_EQ(found.error().kind, OpenError::Kind::unusable);
  }
  EXPECT_EQ(look_at_line("telnet:box:23").error().text,
            "two slashes are missing behind the colon: write telnet://HOST:PORT");
}

TEST(LineFactory, ChoosesByName) {
  asio::io_context context;
  Recorder recorder;
  const SerialSettings settings;
  const auto name = [&](const std::string& of) {
    auto line = make_line({context, of, settings, recorder});
    return line ? (*line)->name() : "error: " + line.error();
  };
  EXPECT_EQ(name("/dev/ttyUSB0"), "/dev/ttyUSB0");
  EXPECT_EQ(name("loop://"), "loop://");
  EXPECT_EQ(name("socket://box:2000"), "socket://box:2000");
  EXPECT_EQ(name("telnet://box:23?timeout=1"), "telnet://box:23?timeout=1");
  EXPECT_EQ(name("rfc2217://box:2217"), "rfc2217://box:2217");
  EXPECT_EQ(name("hwgrep://0403:6001&n=2"), "hwgrep://0403:6001&n=2");
  EXPECT_EQ(name("spy://loop://?raw"), "spy://loop://?raw");
  EXPECT_EQ(name("alt:///dev/ttyUSB0"), "/dev/ttyUSB0");
  EXPECT_EQ(name("unix:/run/vm.sock"), "unix:/run/vm.sock");
  EXPECT_EQ(name("unix:"), "error: a path is expected, as in unix:/run/vm/console.sock");
  EXPECT_EQ(name("unix:" + std::string(200, 'x')),
            "error: the path has 200 characters: a unix socket's has 107 at most");
  EXPECT_EQ(name("socket://box"), "error: 'box' is not HOST:PORT, as in 192.168.0.1:22");
  for (const char* scheme : {"rfc2127", "http", "ftp"}) {
    EXPECT_EQ(name(std::string(scheme) + "://box:1"),
              "error: " + std::string(scheme) + ":// is not supported: use a " + line_forms());
  }
}

TEST(LineFactory, ListsTheFormsOfNames) {
  EXPECT_EQ(
      line_forms(),
      "device, socket://HOST:PORT, telnet://HOST:PORT, rfc2217://HOST:PORT, unix:PATH, listen:[ADDR:]PORT, "
      "exec:COMMAND, -, hwgrep://REGEX, spy://LINE, alt://DEVICE or loop://");
}

TEST(LineFactory, KnowsWhatTwoLinksCannotShare) {
  EXPECT_EQ(exclusive_line("/dev/../dev//ttyUSB0"), exclusive_line("/dev/ttyUSB0"));
  EXPECT_NE(exclusive_line("/dev/ttyUSB1"), exclusive_line("/dev/ttyUSB0"));
  EXPECT_EQ(exclusive_line("socket://box:2000"), "socket://box:2000");
  EXPECT_EQ(exclusive_line("unix:/run//vm.sock"), exclusive_line("unix:/run/vm.sock"));
  EXPECT_NE(exclusive_line("unix:/run/vm.sock"), exclusive_line("/run/vm.sock"));
  EXPECT_EQ(exclusive_line("loop://"), std::nullopt);
}

}  // namespace
}  // namespace serialtcp::io
