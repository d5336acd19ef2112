// A program as a line, which Windows' shell starts.
#include "port/exec_line.h"

#include "loop_fixture.h"

namespace serialtcp::io {
namespace {

struct ExecLineTest : testing::Test {
  std::unique_ptr<Line> line(const std::string& name) {
    name_ = name;
    auto made = kExecLineKind.make({context, name_, settings_, recorder});
    EXPECT_TRUE(made) << made.error();
    return std::move(*made);
  }

  static std::string open(Line& line) {
    std::string result = "(not called)";
    line.open([&result](const std::expected<void, OpenError>& opened) {
      result = opened ? "" : opened.error().text;
    });
    return result;
  }

  /// All that it writes, and then why it is gone.
  std::string read_all(Line& line) {
    std::string text;
    bool gone = false;
    std::function<void()> read = [&] {
      Bytes buffer(100);
      const LineResult result = line.read(buffer);
      if (result.status == LineStatus::ok)
        text.append(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(result.count));
      gone = result.status == LineStatus::gone;
      if (gone) text += "(" + result.reason + ")";
      if (!gone) line.when_readable([&read] { read(); });
    };
    line.when_readable([&read] { read(); });
    EXPECT_TRUE(run_until(context, [&gone] { return gone; }));
    return text;
  }

  asio::io_context context;
  Recorder recorder;

 private:
  std::string name_;
  SerialSettings settings_;
};

TEST_F(ExecLineTest, CarriesWhatTheProgramWritesAndTellsOfItsEnd) {
  const auto echo = line("exec:echo hello& exit 3");
  ASSERT_EQ(open(*echo), "");
  EXPECT_EQ(read_all(*echo), "hello\r\n(the program ended with status 3)");
  echo->close();
  ASSERT_EQ(open(*echo), "") << "it is started again";
  EXPECT_EQ(read_all(*echo), "hello\r\n(the program ended with status 3)");
}

TEST_F(ExecLineTest, LogsWhatTheProgramSaysOfErrors) {
  const auto says = line("exec:echo careful>&2");
  ASSERT_EQ(open(*says), "");
  read_all(*says);
  EXPECT_TRUE(recorder.has("the program of exec:echo careful>&2 says: careful")) << recorder.all();
}

TEST_F(ExecLineTest, EndsTheProgramWhenItIsClosed) {
  const auto waits = line("exec:ping -n 60 127.0.0.1 >NUL");
  ASSERT_EQ(open(*waits), "");
  waits->close();
  EXPECT_TRUE(run_until(context, [&waits] { return open(*waits) == ""; }))
      << "the previous program has not ended";
}

}  // namespace
}  // namespace serialtcp::io
