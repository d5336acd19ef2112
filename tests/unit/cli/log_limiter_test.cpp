// The log of one link is bounded, whoever causes its messages.
#include "cli/log_limiter.h"

#include <gtest/gtest.h>

#include <functional>

#include "cli/reporter.h"
#include "os/clock.h"
#include "os/descriptor_sink_posix.h"
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

/// What a reporter wrote, and how many seconds it had for that: its limits grow with them.
struct Flooded {
  std::string text;
  double seconds = 0;

  /// The most that a class may have written, with a summary.
  double most(LogClass of) const {
    const LogLimit& limit = kLogLimits.at(static_cast<std::size_t>(of));
    return static_cast<double>(limit.at_once) + seconds * static_cast<double>(limit.per_second) + 400;
  }
};

/// Something happens this many times.
Flooded flooded(const LogStyle& style, int times, const std::function<void(Reporter&, int)>& happens) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_NONBLOCK), 0);
  ::fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
  Log log = Log::to(io::descriptor_sink(ends[1]), style);
  io::asio::io_context context;
  const LinkOptions options;
  const Time begin = io::now();
  {
    Reporter reporter(context, log, options);
    for (int i = 0; i < times; ++i) happens(reporter, i);
  }
  Flooded flooded{.text = std::string(1 << 20, '\0'), .seconds = to_seconds(io::now() - begin)};
  flooded.text.resize(static_cast<std::size_t>(::read(ends[0], flooded.text.data(), flooded.text.size())));
  for (const int end : ends) ::close(end);
  return flooded;
}

TEST(ReporterTest, LeavesOutWhatIsTooMuchAndTellsHowManyAtTheEndAtTheLatest) {
  constexpr int kConnections = 5000;
  const Flooded log = flooded({}, kConnections, [](Reporter& to, int i) {
    to.connection(static_cast<std::uint64_t>(i), "from 127.0.0.1:50000");
    if (i == kConnections - 1) to.note("something else");
  });
  EXPECT_LT(static_cast<double>(log.text.size()), log.most(LogClass::connection) + 400);
  const auto lines = static_cast<int>(std::ranges::count(log.text, '\n'));
  EXPECT_NE(log.text.find("something else"), std::string::npos);
  EXPECT_NE(
      log.text.find(fmt::format("{} messages about connections were suppressed", kConnections - (lines - 2))),
      std::string::npos)
      << log.text.substr(log.text.size() - 300);
}

TEST(ReporterTest, BoundsWhatAStrangerOnTheLineCausesAlsoWithDebug) {
  const Flooded log = flooded({.verbosity = Verbosity::debug}, 5000, [](Reporter& to, int i) {
    to.line_troubled({i % 2 == 0 ? LineTrouble::echo : LineTrouble::incompatible});
    to.received(Bytes(100, 'x'));
  });
  EXPECT_LT(static_cast<double>(log.text.size()), log.most(LogClass::trouble) + log.most(LogClass::bytes));
  EXPECT_NE(log.text.find("messages about received data were suppressed"), std::string::npos);
  EXPECT_NE(log.text.find("messages about received bytes were suppressed"), std::string::npos);
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
      const Flooded log = flooded({.format = format, .verbosity = Verbosity::verbose}, 3000,
                                  [&kind](Reporter& to, int) { kind.happens(to); });
      const LogLimit& limit = kLogLimits.at(static_cast<std::size_t>(kind.of));
      EXPECT_LE(static_cast<double>(log.text.size()), log.most(kind.of)) << kind.what;
      EXPECT_GE(log.text.size(), limit.at_once / 2) << kind.what;
      EXPECT_NE(log.text.find(fmt::format("messages about {} were suppressed", limit.what)),
                std::string::npos)
          << kind.what;
    }
  }
}

}  // namespace
}  // namespace serialtcp::cli
