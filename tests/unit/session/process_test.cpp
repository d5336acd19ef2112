// A program of a session, and what it leaves running when it is hung up.
#include "session/process.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <string>

#include "net/child_terminal.h"
#include "shell_fixture.h"

namespace serialtcp::io::session {
namespace {

/// bash on a terminal of its own, with a job in the background.
class ShellWithJob {
 public:
  explicit ShellWithJob(asio::io_context& context) : context_(context) {
    const auto terminal = make_terminal({});
    if (!terminal) return;
    controller_ = terminal->controller;
    const StandardFiles files{.input = terminal->program_side,
                              .output = terminal->program_side,
                              .error_output = STDIN_FILENO,
                              .controlling_terminal = terminal->path};
    const Program bash{.words = {"env", "PS1=ready# ", "TERM=dumb", "bash", "--norc", "-i"}};
    EXPECT_TRUE(process_->start(bash, files, {}));
    ::close(terminal->program_side);
    const std::string line = "sleep 1000 & echo j''ob=$!.\r";
    EXPECT_EQ(::write(controller_, line.data(), line.size()), static_cast<ssize_t>(line.size()));
    job_ = std::stoi(output_after("job="));
    // Before it becomes sleep it has the signal handlers of bash, and SIGHUP would be lost.
    EXPECT_TRUE(run_until(context_, [this] { return name_of(job_) == "sleep"; }));
  }
  ShellWithJob(const ShellWithJob&) = delete;
  ShellWithJob& operator=(const ShellWithJob&) = delete;
  ~ShellWithJob() {
    if (job_runs()) ::kill(job_, SIGKILL);
  }

  void hang_up() {
    process_->hang_up(controller_);
    ::close(controller_);
    EXPECT_TRUE(run_until(context_, [this] { return !process_->running(); }));
  }
  /// One that has ended, and that nobody has waited for, does not.
  bool job_runs() const {
    std::ifstream file("/proc/" + std::to_string(job_) + "/stat");
    std::string pid, name, state;
    return (file >> pid >> name >> state) && state != "Z";
  }

 private:
  static std::string name_of(pid_t process) {
    std::ifstream file("/proc/" + std::to_string(process) + "/comm");
    std::string name;
    std::getline(file, name);
    return name;
  }

  /// Up to the next prompt, which follows.
  std::string output_after(const std::string& mark) {
    std::string text;
    std::array<char, 256> buffer;
    while (text.find(mark) == std::string::npos ||
           text.find("ready# ", text.find(mark)) == std::string::npos) {
      const ssize_t count = ::read(controller_, buffer.data(), buffer.size());
      if (count <= 0) return "0";
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text.substr(text.find(mark) + mark.size());
  }

  asio::io_context& context_;
  std::shared_ptr<Process> process_ = std::make_shared<Process>(context_, std::make_shared<ProgramWatcher>());
  int controller_ = -1;
  pid_t job_ = 0;
};

// On a busy machine bash leaves its job if its terminal is closed at once, and misses a SIGHUP just before it reads: each 1 in 1,000.
TEST(SessionProcess, HungUpLeavesNoJobInTheBackground) {
  asio::io_context context;
  for (int i = 0; i < 60; ++i) {
    ShellWithJob shell(context);
    ASSERT_TRUE(shell.job_runs());
    shell.hang_up();
    EXPECT_TRUE(run_until(context, [&shell] { return !shell.job_runs(); }));
  }
}

TEST(SessionProcess, IsHungUpEvenIfItsTerminalStaysOpen) {
  asio::io_context context;
  const auto terminal = make_terminal({});
  ASSERT_TRUE(terminal);
  const auto process = std::make_shared<Process>(context, std::make_shared<ProgramWatcher>());
  const StandardFiles files{.input = terminal->program_side,
                            .output = terminal->program_side,
                            .error_output = STDIN_FILENO,
                            .controlling_terminal = terminal->path};
  ASSERT_TRUE(process->start({.words = {"sleep", "1000"}}, files, {}));
  process->hang_up();
  EXPECT_TRUE(run_until(context, [&] { return !process->running(); }));
  ::close(terminal->program_side);
  ::close(terminal->controller);
}

}  // namespace
}  // namespace serialtcp::io::session
