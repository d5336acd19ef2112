// A board with one port: a console for people, and the line of a link as soon as a peer speaks (serialtcp getty).
#include "wire/console_port.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/prng.h"
#include "measures.h"
#include "world.h"

namespace serialtcp::test {
namespace {

using Use = wire::ConsolePort::Use;

/// End b is the board: whatever arrives there goes through a ConsolePort. End a is a PC, with a serialtcp or a terminal.
class BoardPort {
 public:
  explicit BoardPort(const WorldConfig& config)
      : world(config), port(static_cast<std::uint64_t>(config.baud / 10)) {
    world.pair().set_tap([this](End to, Bytes& bytes, Time now) {
      if (to == End::b) arrived(bytes, now);
    });
  }

  void arrived(Bytes& bytes, Time now) {
    if (port.use() == Use::link) {
      port.overhear(bytes, now);
      return;
    }
    port.hear(bytes, now, keys);
    bytes.clear();
    if (port.use() == Use::text) return;
    if (world.pair().running(End::b)) {
      world.pair().plug(End::b);
    } else {
      world.pair().start(End::b);
    }
    lent = true;
    bytes = port.take_first();
  }

  void look() {
    const auto& events = world.line_events(End::b);
    for (; seen < events.size(); ++seen) {
      if (std::holds_alternative<event::LinkUp>(events[seen])) port.link_is_up();
      if (std::holds_alternative<event::LinkDown>(events[seen])) port.link_is_down(world.now());
    }
    port.tick(world.now(), keys);
    if (!lent || port.use() == Use::link) return;
    lent = false;
    world.pair().unplug(End::b);
  }

  void run_for(Duration duration) {
    for (const Time end = world.now() + duration; world.now() < end;) {
      world.run_for(5ms);
      look();
    }
  }

  bool run_until(const std::function<bool()>& done, Duration limit) {
    for (const Time end = world.now() + limit; !done() && world.now() < end;) run_for(5ms);
    return done();
  }

  void type(std::string_view text) {
    for (const char key : text) {
      world.inject(End::a, {&key, 1});
      run_for(100ms);
    }
  }

  std::string typed() {
    const Bytes all = std::exchange(keys, {});
    return {all.begin(), all.end()};
  }

  bool both_up() {
    return world.pair().running(End::b) && world.pair().at(End::a).link_up() &&
           world.pair().at(End::b).link_up();
  }

  /// The board's program begins anew, and knows nothing of a link.
  void restart_board() {
    world.pair().stop(End::b);
    port = wire::ConsolePort(11520);
    lent = false;
    seen = world.line_events(End::b).size();
  }

  World world;
  wire::ConsolePort port;
  Bytes keys;
  bool lent = false;
  std::size_t seen = 0;
};

class ConsolePorts : public testing::TestWithParam<bool> {
 protected:
  static WorldConfig config() {
    WorldConfig made;
    if (GetParam()) made.a_key = made.b_key = key_number(1);
    return made;
  }

  void bring_up() {
    board.world.pair().start(End::a);
    ASSERT_TRUE(board.run_until([&] { return board.both_up(); }, 5s)) << board.world.describe();
    EXPECT_EQ(board.typed(), "");
  }

  BoardPort board{config()};
};

INSTANTIATE_TEST_SUITE_P(OpenAndSealed, ConsolePorts, testing::Bool());

TEST_P(ConsolePorts, AreAConsoleBeforeALinkAndThreeSecondsAfterIt) {
  board.type("root\r");
  EXPECT_EQ(board.typed(), "root\r");
  bring_up();
  board.run_for(20s);
  EXPECT_EQ(board.port.use(), Use::link);
  board.world.shut_down(End::a);
  ASSERT_TRUE(board.run_until([&] { return !board.port.has_link(); }, 2s));
  board.run_for(2900ms);
  EXPECT_EQ(board.port.use(), Use::link);
  board.run_for(200ms);
  EXPECT_EQ(board.port.use(), Use::text);
  EXPECT_EQ(board.typed(), "");
  board.world.pair().stop(End::a);
  board.type("ls\r");
  EXPECT_EQ(board.typed(), "ls\r");
}

TEST_P(ConsolePorts, CarryWhatTheyCarryWithoutOne) {
  bring_up();
  board.world.expect_transfer(100'000, 60s);
}

TEST_P(ConsolePorts, KernelMessagesReachNoStream) {
  bring_up();
  Socket& there = board.world.open(End::a, Behaviour::sink, 60'000);
  Socket& back = board.world.open(End::b, Behaviour::sink, 60'000);
  for (int i = 0; !there.done() || !back.done(); ++i) {
    ASSERT_LT(i, 2000) << board.world.describe();
    board.world.inject(End::b, "[ 1234.567890] usb 1-1: new high-speed USB device number 7 using xhci\r\n");
    board.run_for(70ms);
  }
  EXPECT_TRUE(there.closed);
  EXPECT_TRUE(back.closed);
}

// Each message costs its own bytes, and not the frame in which it lands.
TEST_P(ConsolePorts, KernelMessagesCostTheirOwnBytes) {
  constexpr std::string_view kMessage =
      "[ 1234.567890] usb 1-1: new high-speed USB device number 7 using xhci\r\n";
  constexpr auto kBetween = 70ms;  // 1 kB/s
  bring_up();
  Socket& file = board.world.open(End::b, Behaviour::sink, 10'000'000);
  board.run_for(3s);
  const std::uint64_t before = file.partner->read;
  const Time begin = board.world.now();
  while (board.world.now() - begin < 30s) {
    board.world.inject(End::b, kMessage);
    board.run_for(kBetween);
  }
  const double free = 11520 - static_cast<double>(kMessage.size()) / to_seconds(kBetween);
  const double rate =
      static_cast<double>(file.partner->read - before) / to_seconds(board.world.now() - begin);
  EXPECT_GE(rate, 0.9 * free);
  RecordProperty("rate", std::to_string(rate));
}

// Whoever comes to the cable need not wait for the hold time, and the peer need not begin anew when it is back.
TEST_P(ConsolePorts, AreAConsoleAtOnceForAPersonWhereThePeerIsSilent) {
  bring_up();
  board.world.pair().suspend(End::a);
  board.run_for(10s);
  EXPECT_EQ(board.port.use(), Use::link);
  board.type("\r\r\r");
  EXPECT_EQ(board.port.use(), Use::text);
  board.type("date\r");
  EXPECT_EQ(board.typed(), "date\r");
  EXPECT_TRUE(board.port.has_link());
  board.world.pair().resume(End::a);
  ASSERT_TRUE(board.run_until([&] { return board.port.use() == Use::link; }, 20s));
  board.run_for(1s);
  EXPECT_EQ(board.typed(), "");
  board.world.expect_transfer(10'000, 30s);
  EXPECT_FALSE(board.world.heard_of(End::a, LinkDownReason::peer_restarted));
}

TEST_P(ConsolePorts, FindThePeerOfALinkAgainThatTheyHaveForgotten) {
  bring_up();
  board.restart_board();
  ASSERT_TRUE(board.run_until([&] { return board.both_up() && board.lent; }, 30s)) << board.world.describe();
  EXPECT_EQ(board.typed(), "");
}

TEST_P(ConsolePorts, WaitForNoLinkThatDoesNotCome) {
  board.world.pair().start(End::a);
  ASSERT_TRUE(board.run_until([&] { return board.port.use() == Use::link; }, 2s));
  board.world.pair().stop(End::a);
  ASSERT_TRUE(board.run_until([&] { return board.port.use() == Use::text; }, 10s));
  board.type("x");
  EXPECT_EQ(board.typed(), "x");
}

// What an end of 2.0.0 or another program sends is taken for a peer's only if a link can come of it.
TEST_P(ConsolePorts, SurviveBytesOfNobody) {
  base::Prng random(5);
  for (int i = 0; i < 300; ++i) {
    std::string flood;
    while (flood.size() < 115) flood.push_back(static_cast<char>(random.next()));
    board.world.inject(End::a, flood);
    board.run_for(10ms);
  }
  ASSERT_TRUE(board.run_until([&] { return board.port.use() == Use::text; }, 10s));
  board.run_for(2s);
  board.typed();
  board.type("k");
  EXPECT_EQ(board.typed(), "k");
  bring_up();
}

/// A key and what the console answers, as sessions carry them, beside files in both directions.
TEST_P(ConsolePorts, AKeyOfTheConsoleWaitsForNoFile) {
  constexpr std::uint64_t kKey = 5;
  bring_up();
  for (const End end : {End::a, End::b})
    board.world.open(end, Behaviour::sink, 1'000'000'000, World::Then::stay_open);
  Purpose console(services::kSession);
  console.priority = Priority::interactive;
  Socket& typist = board.world.open(End::a, Behaviour::echo, 0, World::Then::stay_open, console);
  board.run_for(3s);
  std::vector<Duration> times;
  for (int i = 0; i < 300; ++i) {
    board.run_for(80ms + std::chrono::microseconds(1013 * (i % 30)));
    const Time begin = board.world.now();
    board.world.write(End::a, typist, kKey);
    ASSERT_TRUE(board.world.run_until([&] { return typist.read == typist.written; }, 5s));
    times.push_back(board.world.now() - begin);
  }
  EXPECT_LE(percentile(times, 50), 20ms);
  EXPECT_LE(percentile(times, 99), 40ms);
}

}  // namespace
}  // namespace serialtcp::test
