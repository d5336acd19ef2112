// How much input of a connection the kernels may hold: what is requested from them, and what the kernel of a
// sender accepts.
#include "net/receive_window.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>

#include "shell_fixture.h"

namespace serialtcp::io {
namespace {

using namespace std::chrono_literals;

/// A sender, and a reader whose window is fitted, over the loopback device.
struct ReceiveWindowTest : testing::Test {
  ReceiveWindowTest() {
    // The size of the sender's buffer depends on it, and hosts have different defaults.
    EXPECT_TRUE(choose(acceptor.native_handle(), "reno"));
    connect(960);
  }

  static bool choose(int fd, const std::string& congestion_control) {
    return ::setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, congestion_control.c_str(),
                        static_cast<socklen_t>(congestion_control.size())) == 0;
  }

  void connect(std::uint64_t rate, const std::string& congestion_control = "reno") {
    reader = tcp_socket(context);
    EXPECT_TRUE(choose(reader.native_handle(), congestion_control));
    ReceiveWindow::prepare(reader.native_handle(), rate);
    bind_to_fresh_address(reader);
    reader.connect(StreamEndpoint(acceptor.local_endpoint()));
    sender = acceptor.accept();
    sender.non_blocking(true);
    reader.non_blocking(true);
  }

  /// The kernel remembers how connections to an address went, such as 127.0.0.1, and gives senders larger buffers
  /// when packets of them were reordered (ip-tcp_metrics(8)). There are 2^22 of these addresses.
  static void bind_to_fresh_address(StreamSocket& socket) {
    const std::uint32_t address = 0x7f400000U | (std::random_device{}() & 0x3fffffU);
    socket.bind(StreamEndpoint(tcp::endpoint(asio::ip::address_v4(address), 0)));
  }

  static StreamSocket tcp_socket(asio::io_context& context) {
    tcp::socket socket(context, tcp::v4());
    return StreamSocket(std::move(socket));
  }

  /// What the kernels of the sender and the reader accept until they accept no more.
  std::size_t taken() {
    const Bytes bytes(64 * 1024);
    std::size_t sum = 0;
    int refused = 0;
    while (refused < 20 && sum < 100'000'000) {
      ErrorCode error;
      const std::size_t count = sender.write_some(asio::buffer(bytes), error);
      sum += count;
      refused = count == 0 ? refused + 1 : 0;
      if (count == 0) ::usleep(5000);
    }
    return sum;
  }

  /// In bytes per second, as its kernel has measured it: tcpi_delivery_rate, which glibc's tcp_info does not have.
  static std::uint64_t delivery_rate(tcp::socket& socket) {
    constexpr std::size_t kDeliveryRate = 160;
    std::array<char, 256> info{};
    socklen_t size = info.size();
    EXPECT_EQ(::getsockopt(socket.native_handle(), IPPROTO_TCP, TCP_INFO, info.data(), &size), 0);
    std::uint64_t rate = 0;
    if (size >= kDeliveryRate + sizeof rate) std::memcpy(&rate, info.data() + kDeliveryRate, sizeof rate);
    return rate;
  }

  /// Reads this much in each tenth of a second.
  void drain(std::size_t count, Duration for_so_long, ReceiveWindow::Stream stream) {
    for (Duration past = 0s; past < for_so_long; past += 100ms) {
      at += 100ms;
      window.read(reader, count, stream, line, at);
    }
  }

  asio::io_context context;
  tcp::acceptor acceptor{context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  StreamSocket reader = tcp_socket(context);
  tcp::socket sender{context};
  ReceiveWindow window;
  std::uint64_t line = 1'000'000'000;
  Time at = Time{} + 1h;
};

TEST_F(ReceiveWindowTest, ASenderOnThisMachineCannotQueueMinutesOfASlowLine) {
  window.begin(reader, 960, at);
  EXPECT_LT(taken(), 250'000U) << "megabytes, if the window and the segments are not fitted";
}

TEST_F(ReceiveWindowTest, TheFirstWindowHoldsAWholeShortAnswer) {
  // On a slow line the stream's own buffer, of 8 kB at least, accepts the rest.
  const std::size_t by_stream = 8 * 1024;
  for (const auto& [rate, answer] :
       {std::pair(0U, 20'000U), {120U, 20'500U}, {960U, 20'500U}, {11'520U, 95'000U}, {92'160U, 150'000U}}) {
    connect(rate);
    window.begin(reader, rate, at);
    sender.set_option(asio::socket_base::send_buffer_size(1'000'000));
    sender.write_some(asio::buffer(Bytes(1'000'000)));
    Bytes taken(by_stream);
    std::size_t count = 0;
    EXPECT_TRUE(run_until(context,
                          [&] {
                            ErrorCode error;
                            count += reader.read_some(asio::buffer(taken.data(), by_stream - count), error);
                            return count + reader.available() >= answer;
                          }))
        << rate << ": " << count << " + " << reader.available();
  }
}

TEST_F(ReceiveWindowTest, FitsWhatAFullStreamGetsAndGrowsWithIt) {
  window.begin(reader, 11'520, at);
  EXPECT_EQ(window.size(), 55'600U);
  drain(16'000, 3s, ReceiveWindow::Stream::takes_more);
  EXPECT_EQ(window.size(), 55'600U) << "a stream that takes all says nothing about the line";
  drain(1152, 20s, ReceiveWindow::Stream::is_full);
  EXPECT_NEAR(static_cast<double>(window.size()), 2880, 1500);
  drain(9200, 3s, ReceiveWindow::Stream::is_full);
  EXPECT_NEAR(static_cast<double>(window.size()), 23'000, 3000);
  drain(10'000'000, 1s, ReceiveWindow::Stream::is_full);
  EXPECT_EQ(window.size(), 0U) << "faster than that, the kernel decides";
  drain(1000, 60s, ReceiveWindow::Stream::is_full);
  EXPECT_LE(window.size(), 5000U);
  EXPECT_GE(window.size(), 2500U);
}

TEST_F(ReceiveWindowTest, ABurstThatTheLineCannotKeepUpIsNoReasonToGrow) {
  line = 11'520;
  window.begin(reader, 2000, at);
  drain(100'000, 5s, ReceiveWindow::Stream::is_full);
  EXPECT_LE(window.size(), 10'000U);
}

TEST_F(ReceiveWindowTest, OfASlowFullStreamASegmentIsReadAtOnceAndMoreWhenTheyWereAcknowledged) {
  window.begin(reader, 960, at);
  EXPECT_FALSE(window.holds(5000)) << "a short answer must not be late";
  drain(96, 3s, ReceiveWindow::Stream::is_full);
  EXPECT_FALSE(window.holds(1380));
  EXPECT_TRUE(window.holds(1381));
  drain(1152, 3s, ReceiveWindow::Stream::is_full);
  EXPECT_FALSE(window.holds(100'000)) << "it would cost time that can be noticed";
}

struct FromBbr : ReceiveWindowTest {
  void SetUp() override {
    if (!choose(acceptor.native_handle(), "bbr")) GTEST_SKIP() << "this kernel does not have BBR";
    connect(960, "bbr");
  }
};

TEST_F(FromBbr, OfASlowStreamASegmentIsReadAtOnceAndMoreWhenTheyWereAcknowledged) {
  window.begin(reader, 960, at);
  EXPECT_FALSE(window.holds(1380)) << "a short answer must not be late";
  EXPECT_TRUE(window.holds(1381));
  EXPECT_FALSE(window.too_soon(at));
  drain(96, 3s, ReceiveWindow::Stream::is_full);
  EXPECT_FALSE(window.holds(1380));
  EXPECT_TRUE(window.holds(1381));
  EXPECT_TRUE(window.too_soon(at + ReceiveWindow::kAcknowledged - 1ms)) << "its place is taken at once";
  EXPECT_FALSE(window.too_soon(at + ReceiveWindow::kAcknowledged));
  drain(1152, 3s, ReceiveWindow::Stream::is_full);
  EXPECT_FALSE(window.holds(100'000)) << "it would cost time that can be noticed";
  EXPECT_FALSE(window.too_soon(at));
}

TEST_F(FromBbr, TheSenderOfASlowStreamDoesNotTakeTheNetworkForTheLine) {
  for (const std::uint64_t rate : {960U, 5760U}) {
    window = {};
    line = rate;
    connect(rate, "bbr");
    window.begin(reader, rate, at);
    sender.write_some(asio::buffer(Bytes(200'000)));
    Bytes buffer(64 * 1024);
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(run_until(context, [&] { return reader.available() > 0; }));
      if (window.too_soon(at) || window.holds(reader.available())) {
        window.before_hold(reader);
        ::usleep(60'000);
        at += 60ms;
      }
      ErrorCode error;
      const std::size_t most = std::min(window.before_read(reader), buffer.size());
      const std::size_t count = reader.read_some(asio::buffer(buffer.data(), most), error);
      window.read(reader, count, i < 6 ? ReceiveWindow::Stream::takes_more : ReceiveWindow::Stream::is_full,
                  line, at);
      EXPECT_LT(delivery_rate(sender), 2'000'000U) << rate << ", read " << i;
    }
  }
}

TEST_F(ReceiveWindowTest, ShrinksToTheHalfAtMostEachTime) {
  window.begin(reader, 20'000, at);
  EXPECT_EQ(window.size(), 98'000U);
  drain(10, ReceiveWindow::kShrinkAfter + 200ms, ReceiveWindow::Stream::is_full);
  EXPECT_EQ(window.size(), 49'000U);
  drain(10, 60s, ReceiveWindow::Stream::is_full);
  EXPECT_EQ(window.size(), ReceiveWindow::kLeast);
}

TEST_F(ReceiveWindowTest, IsAsNewWhenTheStreamHasNotBeenFullForAWhile) {
  window.begin(reader, 960, at);
  drain(10, 20s, ReceiveWindow::Stream::is_full);
  EXPECT_EQ(window.size(), ReceiveWindow::kLeast);
  drain(10, ReceiveWindow::kRestAfter + 200ms, ReceiveWindow::Stream::takes_more);
  EXPECT_EQ(window.size(), 10'000U) << "or the next answer does not fit";
}

TEST_F(ReceiveWindowTest, AllThatWasSentArrivesWhateverTheWindowDoes) {
  window.begin(reader, 2000, at);
  Bytes sent(400'000);
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<Byte>(i * 7 / 3);
  Bytes got;
  Bytes buffer(7000);
  std::size_t given = 0;
  ASSERT_TRUE(run_until(context, [&] {
    ErrorCode error;
    given += sender.write_some(asio::buffer(sent.data() + given, sent.size() - given), error);
    const std::size_t count = reader.read_some(asio::buffer(buffer), error);
    got.insert(got.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count));
    at += got.size() < 200'000 ? 20ms : 500ms;
    if (count > 0) window.read(reader, count, ReceiveWindow::Stream::is_full, line, at);
    return got.size() == sent.size();
  }));
  EXPECT_EQ(got, sent);
}

TEST_F(ReceiveWindowTest, LeavesUnixSocketsAlone) {
  std::array<int, 2> pair{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
  StreamSocket unix_socket(context, asio::generic::stream_protocol(AF_UNIX, 0), pair[0]);
  window.begin(unix_socket, 960, at);
  drain(100, 10s, ReceiveWindow::Stream::is_full);
  EXPECT_EQ(window.size(), 0U);
  ::close(pair[1]);
}

}  // namespace
}  // namespace serialtcp::io
