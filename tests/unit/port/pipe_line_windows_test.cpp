// A named pipe, made by the test as a virtual machine does.
#include "port/pipe_line_windows.h"

#include <optional>

#include "loop_fixture.h"

namespace serialtcp::io {
namespace {

struct PipeLineTest : testing::Test {
  /// One of its ends.
  static HANDLE make_pipe() {
    const HANDLE pipe =
        ::CreateNamedPipeA(R"(\\.\pipe\serialtcp test)", PIPE_ACCESS_DUPLEX,
                           PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT, 1, 65536, 65536, 0, nullptr);
    EXPECT_NE(pipe, INVALID_HANDLE_VALUE) << windows_error_text(::GetLastError());
    return pipe;
  }

  ~PipeLineTest() override { ::CloseHandle(machine); }

  std::string open(PipeLine& pipe) {
    std::string result = "(not called)";
    pipe.open([this, &result](const std::expected<void, OpenError>& opened) {
      result = opened ? "" : opened.error().text;
      if (!opened) kind = opened.error().kind;
    });
    return result;
  }

  void machine_writes(const Bytes& bytes) {
    DWORD count = 0;
    EXPECT_NE(::WriteFile(machine, bytes.data(), static_cast<DWORD>(bytes.size()), &count, nullptr), 0);
    EXPECT_EQ(count, bytes.size());
  }

  /// Waits for it.
  bool readable() {
    bool ready = false;
    line.when_readable([&ready] { ready = true; });
    return run_until(context, [&ready] { return ready; });
  }

  asio::io_context context;
  std::optional<OpenError::Kind> kind;
  HANDLE machine = make_pipe();
  PipeLine line{context, "pipe:serialtcp test"};
};

TEST_F(PipeLineTest, CarriesBytesBothWays) {
  ASSERT_EQ(open(line), "");
  machine_writes({1, 2, 3});
  ASSERT_TRUE(readable());
  Bytes piece(16);
  EXPECT_EQ(line.read(piece).count, 3U);
  EXPECT_EQ(piece[2], 3);
  EXPECT_EQ(line.write(Bytes{7, 8}).count, 2U);
  EXPECT_TRUE(run_until(context, [this] { return line.unsent() == 0; }));
  DWORD count = 0;
  EXPECT_NE(::ReadFile(machine, piece.data(), 16, &count, nullptr), 0);
  EXPECT_EQ(count, 2U);
  EXPECT_EQ(piece[0], 7);
}

TEST_F(PipeLineTest, IsGoneWhenTheOtherProgramClosesIt) {
  ASSERT_EQ(open(line), "");
  machine_writes({1});
  ::CloseHandle(machine);
  machine = INVALID_HANDLE_VALUE;
  ASSERT_TRUE(readable());
  Bytes piece(16);
  LineResult result = line.read(piece);
  if (result.status == LineStatus::ok) {
    ASSERT_TRUE(readable());
    result = line.read(piece);
  }
  EXPECT_EQ(result.status, LineStatus::gone);
  EXPECT_EQ(result.reason, "the other program has closed the pipe");
}

TEST_F(PipeLineTest, HasOneUserAtATime) {
  ASSERT_EQ(open(line), "");
  PipeLine second(context, R"(\\.\pipe\serialtcp test)");
  EXPECT_EQ(open(second), "another program is connected to it: end that one first");
  EXPECT_EQ(kind, OpenError::Kind::passing);
}

TEST_F(PipeLineTest, WaitsForOneThatIsNotThere) {
  PipeLine none(context, "pipe:nobody makes this");
  EXPECT_EQ(open(none), "there is no such pipe: is the virtual machine running, and does it make the pipe?");
  EXPECT_EQ(kind, OpenError::Kind::missing);
}

TEST(PipePath, IsTheSameOfBothForms) {
  EXPECT_EQ(pipe_path("pipe:com1"), R"(\\.\pipe\com1)");
  EXPECT_EQ(pipe_path(R"(\\.\pipe\com1)"), R"(\\.\pipe\com1)");
  for (const char* const name : {"pipe:", R"(\\.\pipe\)", "COM1", "", R"(\\.\COM12)"})
    EXPECT_EQ(pipe_path(name), "");
}

}  // namespace
}  // namespace serialtcp::io
