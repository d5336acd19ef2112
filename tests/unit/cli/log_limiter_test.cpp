// The log of one link is bounded, whoever causes its messages.
#include "cli/log_limiter.h"

#include <gtest/gtest.h>

#include <functional>

#include "cli/reporter.h"
#include "shell_fixture.h"

namespace serialtcp::cli {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart = Time(1000s);

constexpr std::array kAll = {LogClass::quality, LogClass::clients, LogClass::link,
                             LogClass::trouble, LogClass::device,  LogClass::connection,
                             LogClass::program, LogClass::note,    LogClass::bytes};
static_assert(kAll.size() == kLogClasses);

TEST(LogLimiter, NoClassExceedsItsLimitHoweverLongItsLinesAre) {
  for (const LogClass of : kAll) {
    for (const std::size_t size : {25U, 26U, 125U, 4025U}) {
      SCOPED_TRACE(fmt::format("{} {}", static_cast<int>(of), size));
      LogLimiter limiter(kStart);
      std::size_t written = 0;
      Time now = kStart;
      for (; now < kStart + 3600s; now += 50ms) {
        for (int i = 0; i < 3; ++i) {
          if (limiter.admit(of, size, now)) written += size;
        }
      }
      const LogLimit& limit = kLogLimits.at(static_cast<std::size_t>(of));
      const std::size_t most = limit.at_once + limit.per_second * 3600;
      EXPECT_LE(written, most);
      EXPECT_TRUE(size != 4025U || written >= most * 9 / 10) << "what is allowed is used: " << written;
    }
  }
}

TEST(LogLimiter, AClassThatIsFullDoesNotSilenceTheOthers) {
  LogLimiter limiter(kStart);
  while (limiter.admit(LogClass::connection, 100, kStart)) {
  }
  for (const LogClass of : kAll) EXPECT_EQ(limiter.admit(of, 100, kStart), of != LogClass::connection);
}

TEST(LogLimiter, TellsHowManyWereLeftOutOnceInThirtySeconds) {
  LogLimiter limiter(kStart);
  EXPECT_EQ(limiter.due(), kNever);
  Time now = kStart;
  std::uint64_t left_out = 0;
  for (int i = 0; i < 5000; ++i) left_out += limiter.admit(LogClass::trouble, 100, now) ? 0U : 1U;
  EXPECT_EQ(limiter.due(), kStart + LogLimiter::kTellAfter);
  EXPECT_FALSE(limiter.next_summary(now + 29s));
  now += 30s;
  EXPECT_EQ(
      limiter.next_summary(now),
      fmt::format("{} messages about received data were suppressed here in 30 s: the limit is 50 bytes per "
                  "second",
                  left_out));
  EXPECT_FALSE(limiter.next_summary(now));
  EXPECT_EQ(limiter.due(), kNever);
}

TEST(ReporterTest, LeavesOutWhatIsTooMuchAndTellsHowManyAtTheEndAtTheLatest) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_NONBLOCK), 0);
  ::fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
  Log log = Log::to_descriptor(ends[1]);
  io::asio::io_context context;
  LinkOptions options;
  constexpr int kConnections = 5000;
  {
    Reporter reporter(context, log, options);
    for (int i = 0; i < kConnections; ++i)
      reporter.connection(static_cast<std::uint64_t>(i), "from 127.0.0.1:50000");
    reporter.note("something else");
  }
  std::string text(1 << 20, '\0');
  text.resize(static_cast<std::size_t>(::read(ends[0], text.data(), text.size())));
  for (const int end : ends) ::close(end);
  EXPECT_LT(text.size(), 70'000U);
  const auto lines = static_cast<int>(std::ranges::count(text, '\n'));
  EXPECT_NE(text.find("something else"), std::string::npos);
  EXPECT_NE(
      text.find(fmt::format("{} messages about connections were suppressed", kConnections - (lines - 2))),
      std::string::npos)
      << text.substr(text.size() - 300);
}

TEST(ReporterTest, BoundsWhatAStrangerOnTheLineCausesAlsoWithDebug) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_NONBLOCK), 0);
  ::fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
  Log log = Log::to_descriptor(ends[1], {.verbosity = Verbosity::debug});
  io::asio::io_context context;
  const LinkOptions options;
  {
    Reporter reporter(context, log, options);
    for (int i = 0; i < 5000; ++i) {
      reporter.line_troubled({i % 2 == 0 ? LineTrouble::echo : LineTrouble::incompatible});
      reporter.received(Bytes(100, 'x'));
    }
  }
  std::string text(1 << 20, '\0');
  text.resize(static_cast<std::size_t>(::read(ends[0], text.data(), text.size())));
  for (const int end : ends) ::close(end);
  EXPECT_LT(text.size(), 280'000U);
  EXPECT_NE(text.find("messages about received data were suppressed"), std::string::npos);
  EXPECT_NE(text.find("messages about received bytes were suppressed"), std::string::npos);
}

/// What a reporter writes while something happens 3000 times.
std::string flooded(const LogStyle& style, const std::function<void(Reporter&)>& happens) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_NONBLOCK), 0);
  ::fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
  Log log = Log::to_descriptor(ends[1], style);
  io::asio::io_context context;
  const LinkOptions options;
  {
    Reporter reporter(context, log, options);
    for (int i = 0; i < 3000; ++i) happens(reporter);
  }
  std::string text(1 << 20, '\0');
  text.resize(static_cast<std::size_t>(::read(ends[0], text.data(), text.size())));
  for (const int end : ends) ::close(end);
  return text;
}

TEST(ReporterTest, BoundsEveryKindOfMessageInEveryFormat) {
  using Ending = io::Observer::Ending;
  struct Kind {
    const char* what;
    LogClass of;
    std::function<void(Reporter&)> happens;
  };
  const Kind kKinds[] = {
      {"opened", LogClass::device, [](Reporter& to) { to.line_opened("X", "at 115200 8N1"); }},
      {"measured", LogClass::quality, [](Reporter& to) { to.link_measured("X", {}); }},
      {"speed", LogClass::quality, [](Reporter& to) { to.line_speed("X", {}); }},
      {"figures", LogClass::quality, [](Reporter& to) { to.link_figures("X", {}); }},
      {"lost", LogClass::quality, [](Reporter& to) { to.frames_lost("X", {}); }},
      {"arrive", LogClass::quality, [](Reporter& to) { to.frames_arrive("X", {}); }},
      {"clients", LogClass::clients, [](Reporter& to) { to.clients_wait(3); }},
      {"silent", LogClass::link, [](Reporter& to) { to.peer_silent("X", {}, 0); }},
      {"services", LogClass::link, [](Reporter& to) { to.peer_services({}); }},
      {"closed", LogClass::connection,
       [](Reporter& to) { to.connection_over(1, Ending::in_order, "closed"); }},
      {"failed", LogClass::connection, [](Reporter& to) { to.connection_over(1, Ending::failed, "reset"); }},
  };
  for (const Kind& kind : kKinds) {
    for (const LogFormat format : {LogFormat::text, LogFormat::json, LogFormat::journal}) {
      const std::string text = flooded({.format = format, .verbosity = Verbosity::verbose}, kind.happens);
      const LogLimit& limit = kLogLimits.at(static_cast<std::size_t>(kind.of));
      EXPECT_LE(text.size(), limit.at_once + 10 * limit.per_second + 400) << kind.what;
      EXPECT_GE(text.size(), limit.at_once / 2) << kind.what;
      EXPECT_NE(text.find(fmt::format("messages about {} were suppressed", limit.what)), std::string::npos)
          << kind.what;
    }
  }
}

}  // namespace
}  // namespace serialtcp::cli
