// Programs as lines: bytes both ways, their ends, and that none is left behind.
#include "port/exec_line.h"

#include <fmt/format.h>

#include <fstream>
#include <optional>

#include "port/line_factory.h"
#include "shell_fixture.h"
#include "temporary_folder.h"

namespace serialtcp::io {
namespace {

struct ExecLineTest : testing::Test {
  /// The line of this name, opened.
  Line& open(const std::string& name) {
    name_ = name;
    auto made = make_line({context, name_, settings, recorder});
    EXPECT_TRUE(made) << (made ? "" : made.error());
    line = std::move(*made);
    EXPECT_EQ(open_again(), "");
    return *line;
  }
  std::string open_again() {
    std::string problem = "(not called)";
    line->open([&problem](const std::expected<void, OpenError>& opened) {
      problem = opened ? "" : opened.error().text;
    });
    return problem;
  }
  /// What it delivers until it has this many bytes or is gone.
  std::string read(std::size_t count) {
    std::string got;
    EXPECT_TRUE(run_until(context, [&] {
      Bytes buffer(count);
      const LineResult result = line->read(buffer);
      got.append(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(result.count));
      if (result.status == LineStatus::gone) reason = result.reason;
      return got.size() >= count || result.status == LineStatus::gone;
    }));
    return got;
  }
  /// Why it is gone; waits as the driver does.
  std::string wait_until_gone() {
    std::optional<std::string> why;
    std::function<void()> try_it = [&] {
      Bytes buffer(4096);
      const LineResult result = line->read(buffer);
      if (result.status == LineStatus::gone) {
        why = result.reason;
      } else {
        line->when_readable([&] { try_it(); });
      }
    };
    try_it();
    EXPECT_TRUE(run_until(context, [&] { return why.has_value(); }));
    return why.value_or("");
  }
  void write(std::string_view text) {
    EXPECT_EQ(line->write(Bytes(text.begin(), text.end())).count, text.size());
  }
  bool runs(const std::string& pid_file) {
    std::ifstream in(pid_file);
    pid_t pid = 0;
    if (!(in >> pid)) return false;
    std::string stat;
    std::getline(std::ifstream(fmt::format("/proc/{}/stat", pid)), stat);
    const std::size_t name_end = stat.rfind(") ");
    return name_end != std::string::npos &&
           stat[name_end + 2] != 'Z';  // it may be a child that nobody waits for
  }

  asio::io_context context;
  Recorder recorder;
  SerialSettings settings;
  TemporaryFolder folder;
  std::string name_;
  std::string reason;
  std::unique_ptr<Line> line;
};

std::string all_values() {
  std::string all;
  for (int value = 0; value < 256; ++value) all += static_cast<char>(value);
  return all;
}

TEST_F(ExecLineTest, CarriesAllBytesBothWays) {
  open("exec:cat");
  write(all_values());
  EXPECT_EQ(read(256), all_values());
}

TEST_F(ExecLineTest, CarriesAllBytesThroughATerminal) {
  open("exec,pty:test -t 0 && test -t 1 && exec cat");
  write(all_values());
  EXPECT_EQ(read(256), all_values());
}

TEST_F(ExecLineTest, TheTerminalIsTheControllingOneOfTheProgram) {
  open("exec,pty:echo yes >/dev/tty; cat");
  EXPECT_EQ(read(4), "yes\n");
}

TEST_F(ExecLineTest, DeliversWhatWasWrittenAndThenSaysHowTheProgramEnded) {
  for (const std::string how : {"exec:", "exec,pty:"}) {
    open(how + "printf last; exit 3");
    EXPECT_EQ(read(100), "last") << how;
    EXPECT_EQ(reason, "the program ended with status 3") << how;
    line->close();
  }
}

TEST_F(ExecLineTest, SaysThatThereIsNoSuchCommand) {
  open("exec:serialtcp-no-such-command");
  EXPECT_EQ(wait_until_gone(), "the program ended with status 127 (there is no such command)");
  EXPECT_TRUE(recorder.has("not found")) << "its standard error is logged";
}

TEST_F(ExecLineTest, SaysWhichSignalHasEndedIt) {
  open("exec:kill -9 $$");
  EXPECT_EQ(wait_until_gone(), "the program was ended by signal 9");
}

TEST_F(ExecLineTest, LogsStandardErrorAsPrintableLines) {
  open(R"(exec:printf 'a\033[2Jb\nlast' >&2; exec cat)");
  EXPECT_TRUE(run_until(context, [&] { return recorder.has("says: a?[2Jb"); }));
  line->close();
}

TEST_F(ExecLineTest, AProgramThatClosesItsOutputIsEnded) {
  open("exec:exec >&- <&-; sleep 1000");
  EXPECT_EQ(wait_until_gone(), "the program was ended by signal 15");
}

TEST_F(ExecLineTest, ProcessesThatItLeavesBehindEndWithIt) {
  const std::string file = folder.file("pid");
  open("exec:sleep 1000 & echo $! >" + file + "; exit 0");
  EXPECT_EQ(wait_until_gone(), "the program ended with status 0");
  EXPECT_TRUE(run_until(context, [&] { return !runs(file); }));
}

TEST_F(ExecLineTest, CanBeOpenedAgainWhenTheOldProgramHasEnded) {
  open("exec:trap '' TERM; echo up; while :; do sleep 0.1; done");
  EXPECT_EQ(read(3), "up\n");
  line->close();
  EXPECT_EQ(open_again(), "the previous program has not ended yet");
  std::string problem;
  EXPECT_TRUE(run_until(context, [&] { return (problem = open_again()).empty(); })) << problem;
  EXPECT_EQ(read(3), "up\n") << "the old one was killed after its time: " << reason;
}

TEST_F(ExecLineTest, TheProgramEndsWithTheLineAndTheLoop) {
  const std::string file = folder.file("pid");
  {
    asio::io_context other;
    const std::string name = "exec:trap '' TERM; echo $$ >" + file + "; echo up; while :; do sleep 0.1; done";
    auto made = make_line({other, name, settings, recorder});
    ASSERT_TRUE(made);
    (*made)->open([](const auto&) {});
    ASSERT_TRUE(run_until(other, [&] { return runs(file); }));
    made->reset();
  }
  EXPECT_TRUE(run_until(context, [&] { return !runs(file); })) << "by the watcher, without a loop";
}

TEST_F(ExecLineTest, StartsAgainSlowlyUntilItWasOfUse) {
  const Reopening how = open("exec:cat").reopening();
  EXPECT_EQ(how.first, std::chrono::seconds(1));
  EXPECT_EQ(how.longest, std::chrono::seconds(30));
  EXPECT_EQ(how.hearing, Reopening::Hearing::counts);
  EXPECT_EQ(how.trial, Duration::max()) << "also after a long time in which nobody answered";
}

TEST_F(ExecLineTest, NeedsACommand) {
  for (const std::string name : {"exec:", "exec:  ", "exec,pty:"}) {
    EXPECT_EQ(make_line({context, name, settings, recorder}).error(),
              "a command is expected, as in exec:'ssh board serialtcp -c localhost:22 -'");
    EXPECT_FALSE(look_at_line(name));
  }
}

}  // namespace
}  // namespace serialtcp::io
