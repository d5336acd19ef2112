// The log: its format, and that it never blocks or fails.
#include "cli/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <regex>
#include <sstream>

#include "os/descriptor_sink_posix.h"

namespace serialtcp::cli {
namespace {

std::string drain(int fd) {
  std::string all;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = ::read(fd, buffer.data(), buffer.size())) > 0;) {
    all.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return all;
}

struct Pipe {
  Pipe() { EXPECT_EQ(::pipe2(ends.data(), O_NONBLOCK), 0); }
  ~Pipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  std::array<int, 2> ends{};
};

TEST(Log, LinesHaveTheOriginalsFormat) {
  Pipe pipe;
  Log log = Log::to(io::descriptor_sink(pipe.ends[1]));
  log.line("link ok {}");
  const std::string text = drain(pipe.ends[0]);
  EXPECT_TRUE(std::regex_match(text, std::regex(R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} link ok \{\}\n)")))
      << text;
}

TEST(Log, DropsLinesThatNobodyTakesAndSaysHowMany) {
  Pipe pipe;
  ::fcntl(pipe.ends[1], F_SETFL, 0);  // a blocking writer: a write without a check would hang here
  Log log = Log::to(io::descriptor_sink(pipe.ends[1]));
  constexpr int kLines = 20000;
  for (int i = 0; i < kLines; ++i) log.line("a line of the log that takes some room in the pipe");
  const std::string before = drain(pipe.ends[0]);
  const auto kept = std::count(before.begin(), before.end(), '\n');
  ASSERT_LT(kept, kLines);
  log.line("after");
  const std::string text = drain(pipe.ends[0]);
  EXPECT_NE(text.find("(" + std::to_string(kLines - kept) + " log lines dropped"), std::string::npos) << text;
  EXPECT_NE(text.find("after"), std::string::npos);
}

TEST(Log, SurvivesAReaderThatHasGoneAndAFullDisk) {
  std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  Log log = Log::to(io::descriptor_sink(pipe.ends[1]));
  ::close(pipe.ends[0]);
  pipe.ends[0] = -1;
  log.line("to nobody");
  const auto full = Log::open("/dev/full");
  ASSERT_TRUE(full);
  Log(*full).line("to a full disk");
}

TEST(Log, GoesOnInALineOfItsOwnWhenADiskThatWasFullHasRoomAgain) {
  std::signal(SIGXFSZ, SIG_IGN);
  const std::string path = testing::TempDir() + "serialtcp_log_full_test.txt";
  std::remove(path.c_str());
  auto log = Log::open(path);
  ASSERT_TRUE(log);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{100, before.rlim_max};  // in the middle of the second line
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  for (const char* text :
       {"the first line, which is whole", "the second line, which does not fit", "the third"}) {
    log->line(text);
  }
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  log->line("the fourth");
  std::ifstream file(path);
  std::stringstream all;
  all << file.rdbuf();
  EXPECT_TRUE(std::regex_match(all.str(),
                               std::regex(".* the first line, which is whole\n.* the second[^\n]*\n"
                                          "\\(2 log lines dropped here: file too large\\)\n.* the fourth\n")))
      << all.str();
  std::remove(path.c_str());
}

TEST(Log, MakesHarmlessWhatATerminalWouldTakeForMoreThanText) {
  Pipe pipe;
  Log log = Log::to(io::descriptor_sink(pipe.ends[1]));
  log.line("a\x1b[2Jb\x9b[2Jc\xc2\x9b[2Jd\ne");
  const std::string text = drain(pipe.ends[0]);
  EXPECT_TRUE(text.ends_with(" a?[2Jb?[2Jc?[2Jd?e\n")) << text;
}

TEST(Log, CutsALineThatWouldNotFitIntoAPipeAtOnce) {
  Pipe pipe;
  Log log = Log::to(io::descriptor_sink(pipe.ends[1]));
  log.line(std::string(100'000, 'x'));
  EXPECT_LE(drain(pipe.ends[0]).size(), 4096U);
}

TEST(Log, AppendsToAFile) {
  const std::string path = testing::TempDir() + "serialtcp_log_test.txt";
  std::remove(path.c_str());
  for (const char* text : {"first", "second"}) {
    auto log = Log::open(path);
    ASSERT_TRUE(log);
    log->line(text);
  }
  std::ifstream file(path);
  std::stringstream all;
  all << file.rdbuf();
  EXPECT_TRUE(std::regex_match(all.str(), std::regex(".* first\n.* second\n"))) << all.str();
  std::remove(path.c_str());
}

TEST(Log, GoesOnInANewFileWhenItIsReopenedAfterItsFileWasRenamed) {
  const std::string path = testing::TempDir() + "serialtcp_log_reopen_test.txt";
  const std::string older = path + ".1";
  std::remove(path.c_str());
  auto log = Log::open(path);
  ASSERT_TRUE(log);
  log->line("before");
  ASSERT_EQ(std::rename(path.c_str(), older.c_str()), 0);
  log->line("still the old one");
  ASSERT_TRUE(log->reopen(path));
  log->line("after");
  EXPECT_FALSE(log->reopen("/no/such/folder/log"));
  log->line("where it was");
  const auto contents = [](const std::string& name) {
    std::ifstream file(name);
    std::stringstream all;
    all << file.rdbuf();
    return all.str();
  };
  EXPECT_TRUE(std::regex_match(contents(older), std::regex(".* before\n.* still the old one\n")));
  EXPECT_TRUE(std::regex_match(contents(path), std::regex(".* after\n.* where it was\n")));
  std::remove(path.c_str());
  std::remove(older.c_str());
}

TEST(Log, SaysWhyAFileCannotBeWritten) {
  const auto log = Log::open("/no/such/folder/log");
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error(),
            "Could not open log file /no/such/folder/log: no such file or directory: choose another one");
}

}  // namespace
}  // namespace serialtcp::cli
