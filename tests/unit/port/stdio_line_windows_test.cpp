// Standard input and output as a line, with pipes in their place.
#include <fcntl.h>
#include <io.h>

#include <array>
#include <fstream>
#include <optional>
#include <thread>

#include "loop_fixture.h"
#include "port/stdio_line.h"

namespace serialtcp::io {
namespace {

struct Pipe {
  explicit Pipe(unsigned size = 4096) { EXPECT_EQ(::_pipe(ends.data(), size, _O_BINARY | _O_NOINHERIT), 0); }
  ~Pipe() {
    for (const int end : ends) {
      if (end >= 0) ::_close(end);
    }
  }
  int input() const { return ends[0]; }
  int output() const { return ends[1]; }
  void close_output() { ::_close(std::exchange(ends[1], -1)); }
  void close_input() { ::_close(std::exchange(ends[0], -1)); }

  std::array<int, 2> ends{-1, -1};
};

struct StdioLineTest : testing::Test {
  std::string open(Line& opened) {
    std::string result = "(not called)";
    opened.open(
        [&result](const std::expected<void, OpenError>& done) { result = done ? "" : done.error().text; });
    return result;
  }

  /// What comes next; waits for it.
  std::string read() {
    bool ready = false;
    line.when_readable([&ready] { ready = true; });
    if (!run_until(context, [&ready] { return ready; })) return "(nothing)";
    Bytes buffer(100);
    const LineResult result = line.read(buffer);
    if (result.status == LineStatus::ended) return "ended: " + result.reason;
    return {buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(result.count)};
  }

  asio::io_context context;
  Pipe in;
  Pipe out;
  StdioLine line{context, "-", in.input(), out.output()};
};

Bytes bytes_of(std::string_view from) {
  return {from.begin(), from.end()};
}

TEST_F(StdioLineTest, CarriesBytesThroughPipes) {
  ASSERT_EQ(open(line), "");
  Bytes nothing(10);
  EXPECT_EQ(line.read(nothing).status, LineStatus::would_block) << "it does not wait";
  ASSERT_EQ(::_write(in.output(), "there", 5), 5);
  EXPECT_EQ(read(), "there");
  EXPECT_EQ(line.write(bytes_of("back")).count, 4U);
  EXPECT_TRUE(run_until(context, [this] { return line.unsent() == 0; }));
  std::array<char, 10> got{};
  EXPECT_EQ(::_read(out.input(), got.data(), got.size()), 4);
  EXPECT_EQ(std::string_view(got.data(), 4), "back");
}

TEST_F(StdioLineTest, TheEndOfTheInputIsTheEndOfTheLine) {
  ASSERT_EQ(open(line), "");
  ASSERT_EQ(::_write(in.output(), "last", 4), 4);
  in.close_output();
  EXPECT_EQ(read(), "last");
  EXPECT_EQ(
      read(),
      "ended: standard input has ended: the program at its other side has closed it or ended, and so the link ends");
}

TEST_F(StdioLineTest, AnOutputThatNobodyReadsIsTheEndOfTheLine) {
  ASSERT_EQ(open(line), "");
  out.close_input();
  ASSERT_EQ(line.write(bytes_of("x")).count, 1U);
  EXPECT_TRUE(run_until(context, [this] { return line.write(bytes_of("x")).status == LineStatus::ended; }));
}

TEST_F(StdioLineTest, DoesNotWaitForAReader) {
  ASSERT_EQ(open(line), "");
  const Bytes much(1000, 7);
  std::size_t written = 0;
  for (int i = 0; i < 20; ++i) {
    written += line.write(much).count;
    context.poll();
  }
  EXPECT_LT(written, 20'000U);
  EXPECT_GT(line.unsent(), 0U);
  line.close();
}

TEST_F(StdioLineTest, CanBeClosedWhileItWaits) {
  ASSERT_EQ(open(line), "");
  context.poll();
  line.close();
  ASSERT_EQ(open(line), "") << "and opened again";
  ASSERT_EQ(::_write(in.output(), "x", 1), 1);
  EXPECT_EQ(read(), "x");
}

TEST_F(StdioLineTest, SaysWhatCannotBeALine) {
  const int null = ::_open("NUL", _O_RDWR);
  StdioLine none(context, "-", null, out.output());
  EXPECT_EQ(open(none),
            "standard input is NUL or another device: it has to be a console, a pipe or a socket");
  ::_close(null);
  StdioLine closed(context, "-", 99, out.output());
  EXPECT_EQ(open(closed), "standard input is closed");
  const std::string path = testing::TempDir() + "serialtcp-stdio";
  std::ofstream(path) << "x";
  const int file = ::_open(path.c_str(), _O_RDONLY);
  StdioLine from_file(context, "-", file, out.output());
  EXPECT_EQ(open(from_file), "standard input is a file: it has to be a console, a pipe or a socket");
  ::_close(file);
  ::_unlink(path.c_str());
}

TEST(GivenStream, KnowsWhatIsTheSame) {
  const Pipe one;
  const Pipe other;
  EXPECT_TRUE(is_same_stream(one.input(), one.input()));
  EXPECT_FALSE(is_same_stream(one.input(), other.input()));
  EXPECT_FALSE(is_terminal(one.input()));
  const int copy = ::_dup(one.output());
  EXPECT_TRUE(is_same_stream(one.output(), copy));
  ::_close(copy);
}

}  // namespace
}  // namespace serialtcp::io
