// What a line of the log looks like in each format.
#include "cli/log_format.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <regex>
#include <set>
#include <string>

#include "cli/log.h"
#include "os/descriptor_sink_posix.h"

namespace serialtcp::cli {
namespace {

constexpr LogEntry kWarns = {.level = LogLevel::warning,
                             .event = LogEvent::line_trouble,
                             .link = "rack-3",
                             .label = "rack-3",
                             .text = "WARNING: it says \"no\"\x1b[2J"};
constexpr LogEntry kInforms = {.event = LogEvent::link_up, .link = "rack-3", .text = "link ok on /dev/x"};

std::string body(LogFormat format, const LogEntry& entry, Colours colours = Colours::no) {
  return line_body(format, colours, entry, Log::kMaxText);
}

/// In a time zone, which is that of the process until the end of the scope.
class Zone {
 public:
  explicit Zone(const char* name) {
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  ~Zone() {
    ::unsetenv("TZ");
    ::tzset();
  }
  Zone(const Zone&) = delete;
  Zone& operator=(const Zone&) = delete;
};

TEST(LogFormat, HasTheTimeOfThisMachinesZone) {
  constexpr io::WallTime kTime{.seconds = 1'796'000'461, .milliseconds = 7};
  {
    const Zone zone("UTC0");
    EXPECT_EQ(whole_line(LogFormat::text, kTime, "x"), "2026-11-30 01:01:01,007 x\n");
    EXPECT_EQ(whole_line(LogFormat::json, kTime, "x"), "{\"time\":\"2026-11-30T01:01:01.007+00:00\",x}\n");
    EXPECT_EQ(whole_line(LogFormat::journal, kTime, "x"), "x\n");
  }
  {
    const Zone zone("WEST3:30");  // west of Greenwich
    EXPECT_EQ(whole_line(LogFormat::json, kTime, "x"), "{\"time\":\"2026-11-29T21:31:01.007-03:30\",x}\n");
  }
  for (const LogFormat format : {LogFormat::text, LogFormat::json, LogFormat::journal, LogFormat::original})
    EXPECT_EQ(frame_size(format) + 5, whole_line(format, kTime, "12345").size());
}

/// What a log of this style writes.
std::string written(const LogStyle& style, const std::vector<LogEntry>& entries) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_NONBLOCK), 0);
  Log log = Log::to(io::descriptor_sink(ends[1]), style);
  for (const LogEntry& entry : entries) log.write(entry);
  std::string text(65536, '\0');
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(::read(ends[0], text.data(), text.size()), 0)));
  for (const int end : ends) ::close(end);
  return text;
}

TEST(LogFormat, TextHasTheLabelAndTheSentence) {
  EXPECT_EQ(body(LogFormat::text, kWarns), "rack-3: WARNING: it says \"no\"?[2J");
  EXPECT_EQ(body(LogFormat::text, kInforms), "link ok on /dev/x");
}

TEST(LogFormat, OriginalHasTheWordsOfTheOriginalProgramWhereItHadAny) {
  EXPECT_EQ(body(LogFormat::original, kInforms), "serial link ok");
  const std::string echo = std::string(kOriginalEcho) + " This is an echo: look for a loopback plug";
  EXPECT_EQ(body(LogFormat::original, {.event = LogEvent::line_trouble, .text = echo}),
            "WARNING: Misconfiguration or echo detected. One side should use --client, the other should use "
            "--server.");
  EXPECT_EQ(body(LogFormat::original, {.event = LogEvent::note, .text = "else"}), "else");
  const std::string line = written({.format = LogFormat::original}, {kInforms});
  EXPECT_TRUE(std::regex_match(line, std::regex(R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} serial link ok\n)")))
      << line;
}

TEST(LogFormat, JournalHasThePrioritiesOfSdDaemonAndNoTime) {
  EXPECT_EQ(body(LogFormat::journal, kWarns), "<4>rack-3: WARNING: it says \"no\"?[2J");
  EXPECT_EQ(body(LogFormat::journal, kInforms), "<6>link ok on /dev/x");
  EXPECT_EQ(body(LogFormat::journal, {.level = LogLevel::error, .text = "x"}), "<3>x");
  EXPECT_EQ(body(LogFormat::journal, {.level = LogLevel::trace, .text = "x"}), "<7>x");
  EXPECT_EQ(written({.format = LogFormat::journal}, {kInforms}), "<6>link ok on /dev/x\n");
}

TEST(LogFormat, JsonIsAnObjectALine) {
  EXPECT_EQ(
      body(LogFormat::json, kWarns),
      R"("level":"warning","event":"line_trouble","link":"rack-3","message":"it says \"no\"\u001b[2J")");
  EXPECT_EQ(body(LogFormat::json, {.text = "ending"}),
            R"("level":"info","event":"program","link":null,"message":"ending")");
  const std::string line = written({.format = LogFormat::json}, {kInforms});
  EXPECT_TRUE(std::regex_match(
      line, std::regex(R"(\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d","level":"info",)"
                       R"("event":"link_up","link":"rack-3","message":"link ok on /dev/x"\}\n)")))
      << line;
}

TEST(LogFormat, ALineFitsIntoAPipeAtOnceInEveryFormat) {
  const std::string controls(100'000, '\x01');
  for (const LogFormat format : {LogFormat::text, LogFormat::json, LogFormat::journal}) {
    const std::string line =
        written({.format = format}, {{.link = controls, .label = controls, .text = controls}});
    EXPECT_LE(line.size(), 4096U);
    EXPECT_TRUE(line.ends_with(format == LogFormat::json ? "\"}\n" : "\n"));
  }
}

TEST(LogFormat, ColoursShowTheLevelAndSurroundTheWholeSentence) {
  EXPECT_EQ(body(LogFormat::text, kWarns, Colours::yes),
            "\x1b[33mrack-3: WARNING: it says \"no\"?[2J\x1b[0m");
  EXPECT_EQ(body(LogFormat::text, kInforms, Colours::yes), "link ok on /dev/x");
  EXPECT_EQ(body(LogFormat::text, {.level = LogLevel::error, .text = "x"}, Colours::yes), "\x1b[31mx\x1b[0m");
}

TEST(LogFormat, WhatALineCostsIsWhatItHas) {
  for (const LogFormat format : {LogFormat::text, LogFormat::json, LogFormat::journal}) {
    const Log log = Log::to(io::descriptor_sink(-1), {.format = format});
    EXPECT_EQ(log.size(log.body(kWarns)), written({.format = format}, {kWarns}).size());
  }
}

TEST(LogFormat, VerbosityChoosesByLevel) {
  const std::vector<LogEntry> all = {{.level = LogLevel::error, .text = "1"},
                                     {.level = LogLevel::warning, .text = "2"},
                                     {.level = LogLevel::info, .text = "3"},
                                     {.level = LogLevel::debug, .text = "4"},
                                     {.level = LogLevel::trace, .text = "5"}};
  const auto lines = [&](Verbosity verbosity) {
    const std::string text = written({.format = LogFormat::journal, .verbosity = verbosity}, all);
    return std::ranges::count(text, '\n');
  };
  EXPECT_EQ(lines(Verbosity::quiet), 2);
  EXPECT_EQ(lines(Verbosity::normal), 3);
  EXPECT_EQ(lines(Verbosity::verbose), 4);
  EXPECT_EQ(lines(Verbosity::debug), 5);
}

TEST(LogFormat, EventsHaveNamesOfTheirOwnInOneSpelling) {
  std::set<std::string_view> names;
  for (const LogEventInfo& event : log_events()) {
    EXPECT_TRUE(names.insert(event.name).second) << event.name;
    EXPECT_EQ(event.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos);
    EXPECT_EQ(&info_of(event.event), &event);
  }
}

TEST(LogFormat, AMessageThatSaysThatItWarnsDoes) {
  EXPECT_EQ(level_of(LogEvent::note, "WARNING: x"), LogLevel::warning);
  EXPECT_EQ(level_of(LogEvent::note, "x"), LogLevel::info);
}

}  // namespace
}  // namespace serialtcp::cli
