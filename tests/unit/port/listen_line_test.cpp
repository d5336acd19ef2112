// Waiting for a client that is the line.
#include "port/listen_line.h"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <optional>

#include "net/tcp_listener.h"
#include "port/line_factory.h"
#include "shell_fixture.h"
#include "temporary_folder.h"

namespace serialtcp::io {
namespace {

struct ListenLineTest : testing::Test {
  /// Opened, with the first failure, and again, which waits.
  void start() {
    std::string problem;
    line.open([&problem](const std::expected<void, OpenError>& result) {
      problem = result ? "" : result.error().text;
    });
    EXPECT_EQ(problem, "no client has connected to it yet");
    open();
  }
  void open() {
    opened = false;
    line.open([this](const std::expected<void, OpenError>& result) { opened = result.has_value(); });
  }
  tcp::socket client() {
    tcp::socket socket(context);
    socket.connect(at);
    return socket;
  }
  bool is_open() {
    return run_until(context, [this] { return opened; });
  }
  LineResult until_gone() {
    Bytes buffer(100);
    LineResult result;
    EXPECT_TRUE(run_until(context, [&] {
      result = line.read(buffer);
      return result.status == LineStatus::gone;
    }));
    return result;
  }

  asio::io_context context;
  Recorder recorder;
  SerialSettings settings;
  tcp::endpoint at;
  std::string name = "listen:0";
  ListenLine line{{context, name, settings, recorder},
                  [this]() -> std::expected<std::unique_ptr<FrontEnd>, std::string> {
                    auto made = TcpListener::listen(context, Target{"127.0.0.1", 0}, recorder);
                    EXPECT_TRUE(made);
                    at = (*made)->addresses().front();
                    return std::move(*made);
                  }};
  bool opened = false;
};

TEST_F(ListenLineTest, CarriesBytesOfItsClient) {
  start();
  run_ready(context);
  EXPECT_FALSE(opened);
  tcp::socket far = client();
  ASSERT_TRUE(is_open());
  EXPECT_TRUE(line.opened_as().starts_with("by the client 127.0.0.1:")) << line.opened_as();
  far.send(asio::buffer(std::string("there")));
  Bytes buffer(100);
  EXPECT_TRUE(run_until(context, [&] { return line.read(buffer).count == 5; }));
  EXPECT_EQ(line.write(Bytes(4)).count, 4U);
  EXPECT_EQ(far.receive(asio::buffer(buffer)), 4U);
}

TEST_F(ListenLineTest, RefusesASecondClientAndSaysSo) {
  start();
  tcp::socket first = client();
  ASSERT_TRUE(is_open());
  for (int i = 0; i < 20; ++i) {
    tcp::socket second = client();
    std::string said;
    ErrorCode error;
    second.non_blocking(true);
    EXPECT_TRUE(run_until(context, [&] {
      std::array<char, 100> buffer{};
      const std::size_t count = second.read_some(asio::buffer(buffer), error);
      said.append(buffer.data(), count);
      return error && error != asio::error::would_block;
    }));
    EXPECT_EQ(said, "serialtcp: the line is in use by another client\r\n");
  }
  std::size_t told = 0;
  for (const std::string& text : recorder.texts)
    told += text.find("was refused") != std::string::npos ? 1 : 0;
  EXPECT_EQ(told, 1U) << "and no flood of messages";
  EXPECT_EQ(line.write(Bytes(1)).count, 1U) << "the first one stays";
}

TEST_F(ListenLineTest, TakesTheNextClientWhenOneHasGone) {
  start();
  tcp::socket first = client();
  ASSERT_TRUE(is_open());
  first.close();
  const LineResult result = until_gone();
  EXPECT_TRUE(result.reason.starts_with("the client 127.0.0.1:")) << result.reason;
  line.close();
  tcp::socket second = client();  // before it is opened again
  run_ready(context);
  open();
  EXPECT_TRUE(is_open());
}

TEST_F(ListenLineTest, NothingComesAfterCloseDuringOpen) {
  start();
  line.close();
  tcp::socket far = client();
  run_ready(context);
  EXPECT_FALSE(opened);
}

TEST(ListenLine, AlsoListensOnAUnixSocket) {
  TemporaryFolder folder;
  asio::io_context context;
  Recorder recorder;
  const SerialSettings settings;
  const std::string path = folder.file("vm.sock");
  const std::string name = "listen:unix:" + path;
  auto line = make_line({context, name, settings, recorder});
  ASSERT_TRUE(line) << line.error();
  bool opened = false;
  (*line)->open([](const auto&) {});
  (*line)->open([&opened](const auto& result) { opened = result.has_value(); });
  asio::local::stream_protocol::socket far(context);
  far.connect(asio::local::stream_protocol::endpoint(path));
  EXPECT_TRUE(run_until(context, [&] { return opened; }));
}

TEST(ListenLine, NamesOfPlaces) {
  asio::io_context context;
  Recorder recorder;
  const SerialSettings settings;
  const auto problem = [&](const std::string& name) {
    const auto line = make_line({context, name, settings, recorder});
    return line ? "" : line.error();
  };
  EXPECT_EQ(problem("listen:4000"), "");
  EXPECT_EQ(problem("listen:*:4000"), "");
  EXPECT_EQ(problem("listen:[::1]:4000"), "");
  EXPECT_EQ(problem("listen:0"), "the port has to be known to the client, and so is 1 to 65535");
  EXPECT_NE(problem("listen:"), "");
  EXPECT_NE(problem("listen:box:70000"), "");
  EXPECT_NE(problem("listen:unix:"), "");
  EXPECT_EQ(exclusive_line("listen:4000"), exclusive_line("listen:localhost:4000"));
  EXPECT_NE(exclusive_line("listen:4000"), exclusive_line("listen:4001"));
}

}  // namespace
}  // namespace serialtcp::io
