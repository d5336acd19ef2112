// The readiness of a line over a stream that only completes: here, over connected sockets, which all systems have.
#include "port/completion_stream.h"

#include <boost/asio/write.hpp>

#include <algorithm>
#include <optional>
#include <utility>

#include "loop_fixture.h"

namespace serialtcp::io {
namespace {

struct CompletionStreamTest : testing::Test {
  using Line = CompletionStream<tcp::socket>;

  void SetUp() override {
    tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    far.connect(acceptor.local_endpoint());
    line.adopt(acceptor.accept(), {.loss_text = [](ErrorCode) { return "it is lost"; }});
  }

  void far_writes(const Bytes& bytes) { asio::write(far, asio::buffer(bytes)); }

  /// Reads until so many bytes are there, as its user does.
  Bytes take(std::size_t count) {
    Bytes taken;
    while (taken.size() < count) {
      if (!readable()) break;
      Bytes piece(1000);
      const LineResult result = line.read(piece);
      if (result.status != LineStatus::ok) break;
      taken.insert(taken.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(result.count));
    }
    return taken;
  }

  /// Waits for it.
  bool readable() {
    bool ready = false;
    line.when_readable([&ready] { ready = true; });
    return run_until(context, [&ready] { return ready; });
  }

  LineResult read_one() {
    Bytes one(1);
    return line.read(one);
  }

  asio::io_context context;
  tcp::socket far{context};
  Line line{context};
};

Bytes numbered(std::size_t count) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<Byte>(i * 7 + i / 251);
  return bytes;
}

TEST_F(CompletionStreamTest, BringsBytesInOrder) {
  const Bytes sent = numbered(100000);
  std::size_t written = 0;
  Bytes received;
  far.non_blocking(true);
  while (received.size() < sent.size()) {
    ErrorCode full;
    written += far.write_some(asio::buffer(sent.data() + written, sent.size() - written), full);
    const Bytes piece = take(1);
    ASSERT_FALSE(piece.empty());
    received.insert(received.end(), piece.begin(), piece.end());
  }
  EXPECT_EQ(received, sent);
  EXPECT_EQ(read_one().status, LineStatus::would_block);
}

TEST_F(CompletionStreamTest, SendsBytesInOrder) {
  const Bytes sent = numbered(100000);
  std::size_t written = 0;
  Bytes received(sent.size());
  std::size_t have = 0;
  far.non_blocking(true);
  bool writable = true;
  const auto step = [&] {
    while (writable && written < sent.size()) {
      const LineResult result = line.write(ByteView(sent).subspan(written));
      written += result.count;
      if (result.status == LineStatus::ok) continue;
      writable = false;
      line.when_writable([&writable] { writable = true; });
    }
    ErrorCode none;
    have += far.read_some(asio::buffer(received.data() + have, received.size() - have), none);
    return have == received.size();
  };
  EXPECT_TRUE(run_until(context, step));
  EXPECT_EQ(received, sent);
  EXPECT_TRUE(run_until(context, [this] { return line.unsent() == 0; }));
}

TEST_F(CompletionStreamTest, HasRoomForTwoWrites) {
  const Bytes many(3 * Line::kWriteSize);
  EXPECT_EQ(line.write(many).count, Line::kWriteSize) << "that is under way";
  EXPECT_EQ(line.write(many).count, Line::kWriteSize) << "that waits for it";
  EXPECT_EQ(line.write(many).status, LineStatus::would_block);
  EXPECT_EQ(line.unsent(), 2 * Line::kWriteSize);
  bool writable = false;
  line.when_writable([&writable] { writable = true; });
  EXPECT_FALSE(writable) << "never from within a call";
  EXPECT_TRUE(run_until(context, [&writable] { return writable; }));
  EXPECT_EQ(line.write(many).count, Line::kWriteSize);
}

TEST_F(CompletionStreamTest, TellsOfBytesThatAreThereAlready) {
  far_writes({1, 2, 3});
  ASSERT_TRUE(readable());
  EXPECT_EQ(read_one().count, 1U);
  bool ready = false;
  line.when_readable([&ready] { ready = true; });
  EXPECT_FALSE(ready) << "never from within a call";
  run_ready(context);
  EXPECT_TRUE(ready);
}

TEST_F(CompletionStreamTest, TellsOnlyOfBytesThatNobodyHasTaken) {
  far_writes({1});
  ASSERT_TRUE(readable());
  int calls = 0;
  line.when_readable([&calls] { ++calls; });
  EXPECT_EQ(read_one().count, 1U);
  line.when_readable([&calls] { ++calls; });
  run_ready(context);
  EXPECT_EQ(calls, 0);
}

TEST_F(CompletionStreamTest, HoldsOnlySoMuch) {
  far.non_blocking(true);
  ErrorCode full;
  const Bytes many(65536);
  std::size_t written = 0;
  // Until the far end notices that nobody reads: what is in flight is the system's.
  for (int turn = 0; turn < 100000 && !full; ++turn) {
    written += far.write_some(asio::buffer(many), full);
    run_ready(context);
  }
  ASSERT_EQ(full, asio::error::would_block);
  Bytes all(written);
  EXPECT_LE(line.read(all).count, Line::kMaxArrived);
}

TEST_F(CompletionStreamTest, DeliversWhatCameBeforeTheEnd) {
  far_writes({1, 2, 3});
  far.close();
  EXPECT_EQ(take(3), (Bytes{1, 2, 3}));
  ASSERT_TRUE(readable());
  const LineResult end = read_one();
  EXPECT_EQ(end.status, LineStatus::gone);
  EXPECT_EQ(end.reason, "it was unplugged or closed at the far end");
  EXPECT_EQ(line.write(Bytes{1}).status, LineStatus::gone);
}

TEST_F(CompletionStreamTest, TellsWhyItWasLost) {
  far.set_option(asio::socket_base::linger(true, 0));
  far.close();
  ASSERT_TRUE(readable());
  EXPECT_EQ(read_one().reason, "it is lost");
}

TEST_F(CompletionStreamTest, CallsNoHandlerOfBeforeItWasClosed) {
  bool called = false;
  line.when_readable([&called] { called = true; });
  far_writes({1});
  line.close();
  EXPECT_FALSE(line.is_open());
  EXPECT_EQ(line.unsent(), 0U);
  run_ready(context);
  EXPECT_FALSE(called);
}

TEST_F(CompletionStreamTest, MayBeClosedByItsHandler) {
  bool called = false;
  line.when_readable([this, &called] {
    called = true;
    line.close();
  });
  far_writes({1});
  EXPECT_TRUE(run_until(context, [&called] { return called; }));
  run_ready(context);
  EXPECT_FALSE(line.is_open());
}

TEST_F(CompletionStreamTest, IsUsedAgainAfterItWasClosed) {
  line.close();
  far.close();
  SetUp();
  far_writes({5});
  EXPECT_EQ(take(1), Bytes{5});
}

TEST(CompletionStream, WaitsForAsManyBytesAsItsDeviceSays) {
  asio::io_context context;
  tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket far(context);
  far.connect(acceptor.local_endpoint());
  CompletionStream<tcp::socket> line(context);
  line.adopt(acceptor.accept(), {.loss_text = {}, .read_size = [] { return 2; }});
  asio::write(far, asio::buffer(Bytes{1, 2, 3}));
  bool ready = false;
  line.when_readable([&ready] { ready = true; });
  ASSERT_TRUE(run_until(context, [&ready] { return ready; }));
  Bytes all(8);
  EXPECT_EQ(line.read(all).count, 2U);
}

}  // namespace
}  // namespace serialtcp::io
