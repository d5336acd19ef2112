// Common parts of tests with whole Drivers: two of them in one loop, connected by a pair of sockets instead
// of a cable, with real TCP at both ends.
#pragma once

#include <sys/socket.h>

#include <array>
#include <csignal>
#include <memory>
#include <optional>

#include "driver/driver.h"
#include "net/connector.h"
#include "net/tcp_listener.h"
#include "port/descriptor_posix.h"
#include "shell_fixture.h"

namespace serialtcp::io {

using namespace std::chrono_literals;

/// The two plugs of a cable. A Line takes one whenever it is opened, unless the cable is away.
class Cable {
 public:
  enum class Plugged : std::uint8_t { yes, no };

  explicit Cable(Plugged plugged = Plugged::yes) {
    if (plugged == Plugged::yes) plug();
  }
  ~Cable() { unplug(); }
  Cable(const Cable&) = delete;
  Cable& operator=(const Cable&) = delete;

  void plug() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()), 0); }
  void unplug() {
    for (int& end : ends_) {
      if (end < 0) continue;
      ::shutdown(end, SHUT_RDWR);
      ::close(end);
      end = -1;
    }
  }
  /// A descriptor that the caller owns, or -1.
  int open(std::size_t end) const { return ends_[end] < 0 ? -1 : ::dup(ends_[end]); }

 private:
  std::array<int, 2> ends_{-1, -1};
};

class CableLine final : public Line {
 public:
  CableLine(asio::io_context& context, const Cable& cable, std::size_t end)
      : cable_(cable), end_(end), descriptor_(context) {}

  void open(Opened opened) override {
    const int fd = cable_.open(end_);
    if (fd < 0) return opened(std::unexpected(OpenError{OpenError::Kind::missing, "no such device"}));
    descriptor_.adopt(fd);
    opened({});
  }
  void close() override { descriptor_.close(); }
  LineResult read(MutableByteView into) override { return descriptor_.read(into); }
  LineResult write(ByteView bytes) override { return descriptor_.write(bytes); }
  void when_readable(Ready ready) override { descriptor_.when_readable(std::move(ready)); }
  void when_writable(Ready ready) override { descriptor_.when_writable(std::move(ready)); }
  std::size_t unsent() const override { return 0; }
  const std::string& name() const override { return name_; }

 private:
  const Cable& cable_;
  std::size_t end_;
  Descriptor descriptor_;
  std::string name_ = "cable";
};

struct EndSettings {
  std::optional<Duration> sync_timeout = {};
  Duration hold = EndpointConfig{}.hold;
  LinePump::Missing missing = LinePump::Missing::wait;
  ProcessShares shares = {};
};

/// One end: a driver, its messages, and how it ended.
struct End {
  End(asio::io_context& context, const Cable& cable, Role role, const EndSettings& settings = {})
      : driver(
            context,
            {.endpoint = {.role = role, .nominal_rate = 10'000'000, .hold = settings.hold},
             .sync_timeout = settings.sync_timeout,
             .missing = settings.missing},
            std::make_unique<CableLine>(context, cable, role == Role::server ? 0 : 1), recorder,
            [this](Driver::Outcome how) { outcome = how; }, settings.shares) {
    driver.open([this](const std::expected<void, OpenError>& result) {
      if (!result) open_error = result.error().text;
    });
  }

  Recorder recorder;
  std::string open_error;
  std::optional<Driver::Outcome> outcome;
  Driver driver;
};

struct DriverTest : testing::Test {
  explicit DriverTest(const EndSettings& settings = {})
      : server(std::make_unique<End>(context, cable, Role::server, settings)),
        client(std::make_unique<End>(context, cable, Role::client, settings)) {
    std::signal(SIGPIPE, SIG_IGN);
    listen(*server);
    offer(*client, {});
  }

  void listen(End& end, const std::string& name = {}, std::optional<std::uint64_t> limit = {}) {
    auto listener = TcpListener::listen(context, {"localhost", 0}, end.recorder);
    ASSERT_TRUE(listener);
    address = (*listener)->address();
    end.driver.serve(name.empty() ? Purpose() : Purpose(name), std::move(*listener), limit);
  }

  void offer(End& end, const std::string& name) {
    end.driver.offer(name,
                     std::make_unique<TcpTarget>(context, end.driver.resolver(),
                                                 Target{"127.0.0.1", target.local_endpoint().port()}, kHang));
  }

  /// A TCP connection to the server, and the one that arrived at the target.
  struct Pair {
    tcp::socket near;
    tcp::socket far;
  };

  tcp::socket dial() {
    tcp::socket near(context);
    near.connect(address);
    near.non_blocking(true);
    return near;
  }

  /// One for which the kernels hold little from the beginning: nothing of it is read yet.
  tcp::socket dial_with_small_window() {
    tcp::socket near(context, tcp::v4());
    near.set_option(asio::socket_base::receive_buffer_size(4096));
    near.connect(address);
    near.non_blocking(true);
    return near;
  }

  tcp::socket answer() {
    tcp::socket far(context);
    bool arrived = false;
    target.async_accept(far, [&arrived](ErrorCode error) {
      EXPECT_FALSE(error);
      arrived = true;
    });
    EXPECT_TRUE(run_until(context, [&] { return arrived; }));
    far.non_blocking(true);
    return far;
  }

  Pair connect() {
    tcp::socket near = dial();
    return {std::move(near), answer()};
  }

  /// Reads until there are this many bytes or an end.
  struct Got {
    Bytes bytes;
    ErrorCode end;
  };
  Got receive(tcp::socket& socket, std::size_t count = SIZE_MAX) {
    Got got;
    Bytes buffer(64 * 1024);
    run_until(context, [&] {
      const std::size_t size = socket.read_some(asio::buffer(buffer), got.end);
      got.bytes.insert(got.bytes.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size));
      return (got.end && got.end != asio::error::would_block) || got.bytes.size() >= count;
    });
    return got;
  }

  /// Writes all of it while the other side reads at its own pace.
  void send(tcp::socket& socket, ByteView bytes) {
    EXPECT_TRUE(run_until(context, [&] {
      ErrorCode error;
      bytes = bytes.subspan(socket.write_some(asio::buffer(bytes.data(), bytes.size()), error));
      return bytes.empty();
    }));
  }

  /// Writes until everything on the way to a peer that does not read is full. How much the kernels hold there differs between
  /// machines, and with what they have learned of the address.
  /// @return what was taken
  Bytes fill(tcp::socket& socket) {
    constexpr int kRoundsOfAFullWay = 100;
    constexpr std::size_t kMoreThanKernelsHold = 64'000'000;
    Bytes bytes = pattern(kMoreThanKernelsHold);
    std::size_t taken = 0;
    for (int round = 0; round < kRoundsOfAFullWay; ++round) {
      ErrorCode error;
      const std::size_t size = socket.write_some(asio::buffer(bytes) + taken, error);
      if (size > 0) round = 0;
      taken += size;
      context.restart();
      context.run_for(std::chrono::milliseconds(5));
    }
    EXPECT_LT(taken, bytes.size());
    bytes.resize(taken);
    return bytes;
  }

  static Bytes pattern(std::size_t size, unsigned seed = 1) {
    Bytes bytes(size);
    for (Byte& byte : bytes) byte = static_cast<Byte>((seed = seed * 1664525U + 1013904223U) >> 24U);
    return bytes;
  }

  static void reset(tcp::socket& socket) {
    socket.set_option(asio::socket_base::linger(true, 0));
    socket.close();
  }

  asio::io_context context;
  Cable cable;
  tcp::acceptor target{context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  tcp::endpoint address;
  std::unique_ptr<End> server;
  std::unique_ptr<End> client;
};

}  // namespace serialtcp::io
