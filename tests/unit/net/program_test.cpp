// Programs as targets: their input, output, errors and ends, and that none is left behind.
#include "net/program.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>

#include "net/said_lines.h"
#include "shell_fixture.h"

namespace serialtcp::io {
namespace {

using namespace std::chrono_literals;

struct ProgramTest : testing::Test {
  using Result = std::expected<StreamSocket, ResetReason>;

  struct Started {
    std::shared_ptr<Attempt> attempt;
    std::optional<Result> result;
  };

  Started start(ProgramTarget& target) {
    Started started;
    started.attempt = target.reach(7, [&](Result got) { started.result = std::move(got); });
    EXPECT_FALSE(started.result.has_value()) << "never from within the call";
    run_until(context, [&] { return started.result.has_value(); });
    return started;
  }

  StreamSocket start_well(ProgramTarget& target) {
    Started started = start(target);
    if (started.result && *started.result) {
      attempt = started.attempt;
      return std::move(**started.result);
    }
    ADD_FAILURE() << "it was not started";
    return StreamSocket(context);
  }

  /// Everything that it writes until its end.
  std::string output_of(StreamSocket& socket) { return text_until_end(context, socket); }

  std::string output_of(const std::string& command) {
    ProgramTarget target(context, command, recorder);
    StreamSocket socket = start_well(target);
    std::string text = output_of(socket);
    EXPECT_TRUE(run_until(context, [&] { return target.running() == 0; }));
    run_ready(context);
    return text;
  }

  bool says(std::string_view text) {
    return run_until(context, [&] { return recorder.has(text); });
  }

  asio::io_context context;
  Recorder recorder;
  std::shared_ptr<Attempt> attempt;
};

TEST_F(ProgramTest, ReadsFromAndWritesToItsSocket) {
  ProgramTarget target(context, "tr a-z A-Z", recorder);
  EXPECT_EQ(target.name(), "exec:tr a-z A-Z");
  StreamSocket socket = start_well(target);
  EXPECT_EQ(target.running(), 1U);
  asio::write(socket, asio::buffer(std::string("hello")));
  socket.shutdown(StreamSocket::shutdown_send);
  EXPECT_EQ(output_of(socket), "HELLO");
  EXPECT_TRUE(says("7: the program ended with status 0"));
  EXPECT_EQ(target.running(), 0U);
}

TEST_F(ProgramTest, SaysHowItEnded) {
  output_of("exit 3");
  EXPECT_TRUE(recorder.has("7: the program ended with status 3"));
  output_of("kill -ABRT $$");
  EXPECT_TRUE(recorder.has("7: the program was ended by signal 6"));
}

TEST_F(ProgramTest, SaysWhenThereIsNoSuchCommand) {
  output_of("no-such-command-anywhere");
  EXPECT_TRUE(recorder.has("ended with status 127 (there is no such command)")) << recorder.all();
  EXPECT_TRUE(recorder.has("the program says: ")) << recorder.all();
  output_of("/dev/null");
  EXPECT_TRUE(recorder.has("ended with status 126 (the command cannot be executed)")) << recorder.all();
}

TEST_F(ProgramTest, EndsForItsClientWhenItExitsWhoeverStillHoldsItsOutput) {
  const std::string text = output_of("sleep 1000 2>/dev/null & echo $!");
  EXPECT_EQ(::kill(std::stoi(text), SIGKILL), 0) << "it was still there";
}

TEST_F(ProgramTest, InheritsNothingButItsThreeDescriptors) {
  const int left_open = ::dup(0);
  EXPECT_EQ(output_of("ls /proc/self/fd | sort -n | tr '\\n' ' '"), "0 1 2 3 ")
      << "3 is the folder that ls reads";
  ::close(left_open);
}

TEST_F(ProgramTest, HasSignalsAsTheyAreByDefault) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  const std::string ignored = output_of("sed -n s/SigIgn:.//p /proc/self/status");
  constexpr unsigned long kOfTheUser = 0x7FFFFFFF;  // the others are the C library's
  EXPECT_EQ(std::stoul(ignored, nullptr, 16) & kOfTheUser, 0U) << ignored;
  std::signal(SIGPIPE, before);
}

TEST_F(ProgramTest, IsEndedWithAllItHasStartedWhenItsConnectionIsReset) {
  ProgramTarget target(context, "sleep 1000 | cat", recorder);
  StreamSocket socket = start_well(target);
  attempt->cancel();
  EXPECT_TRUE(says("7: the program was ended by signal 15"));
  EXPECT_EQ(target.running(), 0U);
  EXPECT_EQ(output_of(socket), "") << "nobody has it any more";
}

TEST_F(ProgramTest, IsKilledWhenItDoesNotEndByItself) {
  ProgramTarget target(context, "trap '' TERM; echo ready; while :; do sleep 1; done", recorder);
  StreamSocket socket = start_well(target);
  std::array<char, 6> ready{};
  asio::read(socket, asio::buffer(ready));
  attempt->cancel();
  EXPECT_TRUE(says("7: the program was ended by signal 9"));
}

TEST_F(ProgramTest, IsKilledWithTheServiceAndLeavesNoProcess) {
  std::optional<ProgramTarget> target(std::in_place, context, "trap '' TERM; echo $$; sleep 1000", recorder);
  StreamSocket socket = start_well(*target);
  std::string text;
  std::array<char, 64> buffer{};
  text.append(buffer.data(), socket.read_some(asio::buffer(buffer)));
  target.reset();
  const pid_t pid = std::stoi(text);
  EXPECT_TRUE(run_until(context, [&] {
    ::waitpid(pid, nullptr, WNOHANG);
    return ::kill(pid, 0) != 0;
  }));
}

/// Whether a process of this group exists, except zombies, which this process cannot wait for.
bool lives(pid_t group) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "stat");
    std::string stat;
    std::getline(file, stat);
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string::npos) continue;
    std::istringstream rest(stat.substr(name_end + 1));
    char state = 0;
    pid_t parent = 0;
    pid_t its_group = 0;
    rest >> state >> parent >> its_group;
    if (its_group == group && state != 'Z') return true;
  }
  return false;
}

/// The number of its group, once it prints "ready".
struct OtherProcess {
  /// Runs a target in a process of its own, which is then killed.
  OtherProcess(const std::string& command,
               const std::function<void(ProgramTarget&, ProgramWatcher&)>& disturb) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    pid = ::fork();
    if (pid == 0) {
      std::signal(SIGPIPE, SIG_IGN);  // as in main()
      asio::io_context context;
      Recorder recorder;
      const auto watcher = std::make_shared<ProgramWatcher>();
      ProgramTarget target(context, command, recorder, ProcessShares().programs, watcher);
      disturb(target, *watcher);
      std::optional<ProgramTest::Result> result;
      const auto attempt = target.reach(1, [&](ProgramTest::Result got) { result = std::move(got); });
      run_until(context, [&] { return result.has_value(); });
      std::array<char, 64> text{};
      const std::size_t size = (*result)->read_some(asio::buffer(text));
      if (::write(ends[1], text.data(), size) < 0) ::_exit(1);
      for (;;) ::pause();
    }
    ::close(ends[1]);
    std::array<char, 64> text{};
    EXPECT_GT(::read(ends[0], text.data(), text.size() - 1), 0);
    ::close(ends[0]);
    group = std::stoi(text.data());
    EXPECT_TRUE(lives(group));
  }
  void kill() const {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  pid_t pid = 0;
  pid_t group = 0;
};

TEST_F(ProgramTest, IsEndedWithAllItHasStartedWhenThisProcessIsKilled) {
  for (const char* const command : {"echo $$; exec sleep 1000", "echo $$; sleep 1000 | sleep 1000",
                                    "(trap '' TERM; echo $$; sleep 1000) & sleep 1000"}) {
    SCOPED_TRACE(command);
    const OtherProcess other(command, [](ProgramTarget&, ProgramWatcher&) {});
    other.kill();
    EXPECT_TRUE(run_until(context, [&] { return !lives(other.group); }));
  }
}

TEST_F(ProgramTest, IsEndedEvenIfItsWatcherWasKilledBefore) {
  const OtherProcess other("echo $$; sleep 1000 | cat", [](ProgramTarget& target, ProgramWatcher& watcher) {
    static_cast<void>(target.reach(1, [](ProgramTest::Result) {}));
    ::kill(watcher.pid(), SIGKILL);
    ::usleep(100'000);
  });
  other.kill();
  EXPECT_TRUE(run_until(context, [&] { return !lives(other.group); }));
}

TEST(ProgramWatcherTest, LeavesAloneWhatIsOverAndEndsWithItsOwner) {
  const pid_t innocent = ::fork();
  if (innocent == 0) {
    ::setpgid(0, 0);
    for (;;) ::pause();
  }
  ::setpgid(innocent, innocent);
  pid_t watcher_pid = 0;
  {
    ProgramWatcher watcher;
    EXPECT_EQ(watcher.pid(), 0) << "nothing is started before it is needed";
    for (int i = 0; i < 1000; ++i) {
      EXPECT_EQ(watcher.add(innocent), 0);
      watcher.remove(innocent);
    }
    watcher_pid = watcher.pid();
    EXPECT_EQ(::kill(watcher_pid, 0), 0);
  }
  EXPECT_NE(::kill(watcher_pid, 0), 0);
  EXPECT_TRUE(lives(innocent));
  ::kill(innocent, SIGKILL);
  ::waitpid(innocent, nullptr, 0);
}

TEST_F(ProgramTest, LogsWhatItSaysOnStandardErrorLineByLine) {
  output_of("printf 'one\\ntwo\\033[1m\\n\\nlast' >&2");
  EXPECT_TRUE(says("7: the program says: last"));
  const std::string all = recorder.all();
  EXPECT_NE(all.find("7: the program says: one\n7: the program says: two?[1m\n7: the program says: \n"),
            std::string::npos)
      << all;
}

TEST_F(ProgramTest, ThatFloodsItsStandardErrorIsLoggedAtABoundedRateAndInPieces) {
  const auto before = std::chrono::steady_clock::now();
  output_of("yes 2>/dev/null | head -n 100000 >&2; head -c 5000 /dev/zero >&2");
  EXPECT_TRUE(says("more lines, not shown"));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
  EXPECT_LE(static_cast<double>(recorder.texts.size()), 2 * (seconds + 2) * SaidLines::kMaxLinesPerSecond);
  for (const std::string& text : recorder.texts) EXPECT_LE(text.size(), SaidLines::kMaxLine + 40);
}

TEST_F(ProgramTest, IsRefusedWhenTooManyRun) {
  ProgramTarget target(context, "exec sleep 1000", recorder);
  std::vector<Started> all;
  for (std::size_t i = 0; i < ProgramTarget::kMaxProcesses; ++i) {
    all.push_back(start(target));
    ASSERT_TRUE(all.back().result->has_value()) << i;
  }
  const Started one_more = start(target);
  ASSERT_FALSE(one_more.result->has_value());
  EXPECT_EQ(one_more.result->error(), ResetReason::refused);
  EXPECT_TRUE(recorder.has("7: the limit of 64 processes is reached"));
  all.front().attempt->cancel();
  EXPECT_TRUE(run_until(context, [&] { return target.running() < ProgramTarget::kMaxProcesses; }));
  EXPECT_TRUE(start(target).result->has_value()) << "there is room again";
}

TEST_F(ProgramTest, CannotTakeAllProcessesOfAnotherService) {
  const auto shared = std::make_shared<base::FairShare>(4);
  ProgramTarget greedy(context, "cat", recorder, shared);
  ProgramTarget other(context, "cat", recorder, shared);
  std::vector<Started> all;
  for (int i = 0; i < 3; ++i) {
    all.push_back(start(greedy));
    ASSERT_TRUE(all.back().result->has_value()) << i;
  }
  EXPECT_FALSE(start(greedy).result->has_value());
  EXPECT_TRUE(recorder.has("processes of all services, or the share of this one, is reached"));
  EXPECT_TRUE(start(other).result->has_value());
}

TEST_F(ProgramTest, IsReapedAndNotHeardOfAnyMoreWhenTheServiceHasGoneAndTheLoopRunsOn) {
  std::optional<Recorder> mortal(std::in_place);
  auto target =
      std::make_unique<ProgramTarget>(context, "trap '' TERM; sleep 100 & echo said >&2; sleep 100", *mortal);
  const StreamSocket socket = start_well(*target);
  EXPECT_TRUE(run_until(context, [&] { return mortal->has("the program says: said"); }));
  target->stop();
  target.reset();
  mortal.reset();
  EXPECT_TRUE(run_until(context, [&] { return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }));
}

}  // namespace
}  // namespace serialtcp::io
