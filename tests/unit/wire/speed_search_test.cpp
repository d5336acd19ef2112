// Finding the speed of a peer: two real ends and the model of a cable, in simulated time, over random speeds, clocks and
// noise; consoles that must not be disturbed.
#include "wire/speed_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/prng.h"
#include "serialtcp/endpoint.h"
#include "sim/cable.h"

namespace serialtcp::wire {
namespace {

using namespace std::chrono_literals;
using sim::End;
using Found = SpeedSearch::Found;

constexpr Time kStart = Time{} + 1h;
constexpr std::uint32_t kUsual[] = {9600,   19200,  38400,  57600,  115200,  230400,
                                    460800, 500000, 576000, 921600, 1000000, 1500000};

constexpr std::size_t index(End end) {
  return end == End::a ? 0 : 1;
}

/// Two ends, of which each may search. As driver/speed_seeker does it for a real line.
class Ends {
 public:
  struct OneEnd {
    std::optional<Endpoint> endpoint;
    std::optional<SpeedSearch> search;
    std::optional<Time> linked_at;
    std::vector<Found> told;
    std::uint32_t set = 0;
  };

  Ends(std::uint64_t seed, const sim::CableConfig& cable) : random_(seed), cable_(cable, seed) {}

  Time now() const { return now_; }
  OneEnd& at(End end) { return ends_[index(end)]; }
  sim::Cable& cable() { return cable_; }
  /// What an end that is none of ours has got.
  Bytes& got(End end) { return got_[index(end)]; }

  void start(End end, std::optional<std::uint32_t> speed, EndpointConfig config = {}) {
    Entropy entropy;
    for (Byte& byte : entropy) byte = static_cast<Byte>(random_.next());
    OneEnd& mine = at(end);
    mine = {};
    config.role = end == End::a ? Role::server : Role::client;
    config.nominal_rate = speed.value_or(SpeedSearch::kHome) / 10;
    mine.endpoint.emplace(config, entropy);
    set_speed(end, speed.value_or(SpeedSearch::kHome));
    if (speed) return;
    mine.search.emplace(random_.next());
    mine.search->begin(now_);
  }

  void stop(End end) { at(end).endpoint.reset(); }

  void run_until(
      Time limit, const std::function<bool()>& over = [] { return false; }) {
    while (now_ < limit && !over()) {
      now_ = std::clamp(std::min(next(End::a), next(End::b)), now_, limit);
      for (const End end : {End::a, End::b}) serve(end);
    }
  }

  bool linked() { return at(End::a).linked_at && at(End::b).linked_at; }

 private:
  void set_speed(End end, std::uint32_t speed) {
    sim::LineSettings settings;
    settings.baud = at(end).set = speed;
    cable_.set_settings(end, settings, now_);
  }

  bool may_speak(End end) { return !at(end).search || at(end).search->may_speak(); }

  Time next(End end) {
    Time due = cable_.next_arrival(end);
    OneEnd& mine = at(end);
    if (!mine.endpoint) return due;
    due = std::min(due, mine.endpoint->deadline());
    if (mine.search) due = std::min(due, mine.search->deadline());
    if (may_speak(end))
      due = std::min(due, std::max(mine.endpoint->transmit_due(), cable_.room_time(end, 1)));
    return due;
  }

  void serve(End end) {
    OneEnd& mine = at(end);
    Bytes bytes;
    if (cable_.next_arrival(end) <= now_) cable_.receive(end, now_, bytes);
    if (!mine.endpoint) {
      got(end).insert(got(end).end(), bytes.begin(), bytes.end());
      return;
    }
    if (!bytes.empty()) mine.endpoint->feed(bytes, now_);
    if (mine.endpoint->deadline() <= now_) mine.endpoint->tick(now_);
    while (const auto event = mine.endpoint->poll()) {
      if (std::holds_alternative<event::LinkUp>(*event)) mine.linked_at = now_;
      if (std::holds_alternative<event::LinkDown>(*event)) mine.linked_at.reset();
    }
    if (mine.search) follow(end, bytes);
    if (!may_speak(end)) return;
    Bytes room(4096);
    while (const std::size_t free = std::min(room.size(), cable_.room(end, now_))) {
      const std::size_t count = mine.endpoint->transmit(MutableByteView(room).first(free), now_);
      if (count == 0) return;
      cable_.send(end, ByteView(room).first(count), now_);
    }
  }

  void follow(End end, ByteView bytes) {
    OneEnd& mine = at(end);
    using Peer = SpeedSearch::Peer;
    const Peer peer = !mine.endpoint->link_up()    ? Peer::none
                      : mine.endpoint->link_away() ? Peer::away
                                                   : Peer::linked;
    mine.search->see_peer(peer, mine.endpoint->last_heard(), now_);
    mine.search->heard(bytes, now_);
    mine.search->tick(now_);
    if (const auto found = mine.search->take_finding()) mine.told.push_back(*found);
    if (mine.search->speed() == mine.set) return;
    cable_.clear_queue(end, now_);
    set_speed(end, mine.search->speed());
    mine.endpoint->line_lost(now_);
    mine.endpoint->line_restored(now_);
  }

  base::Prng random_;
  Time now_ = kStart;
  sim::Cable cable_;
  std::array<OneEnd, 2> ends_;
  std::array<Bytes, 2> got_;
};

/// Clocks up to 2 % wrong, but not more than 3.5 % apart, which a UART would not understand; and some noise.
sim::CableConfig some_cable(base::Prng& random) {
  sim::CableConfig config;
  config.queue_capacity = 4096;
  const auto clock = [&] { return static_cast<std::int32_t>(random.below(40'001)) - 20'000; };
  do {
    config.uart_a.clock_error = clock();
    config.uart_b.clock_error = clock();
  } while (std::abs(config.uart_a.clock_error - config.uart_b.clock_error) > 35'000);
  config.faults.ber = random.chance(0.5) ? 1e-4 : 0;
  config.faults.insert = random.chance(0.5) ? 1e-3 : 0;
  config.latency = std::chrono::milliseconds(random.below(17));
  return config;
}

/// The search and a peer of a usual speed, of which either may have been there for a while. Returns how long they took.
Duration find_peer(std::uint64_t seed, bool noisy, Duration limit) {
  base::Prng random(seed);
  sim::CableConfig cable = some_cable(random);
  if (!noisy) cable.faults = {};
  Ends ends(seed, cable);
  const std::uint32_t speed = kUsual[random.below(std::size(kUsual))];
  EndpointConfig config;
  if (random.chance(0.3)) config.key.emplace(std::array<Byte, 32>{});
  const bool peer_first = random.chance(0.7);
  if (peer_first) {
    ends.start(End::b, speed, config);
    ends.run_until(kStart + std::chrono::milliseconds(random.below(10'000)));
  }
  const Time begun = ends.now();
  ends.start(End::a, {}, config);
  if (!peer_first) ends.start(End::b, speed, config);
  ends.run_until(begun + limit, [&] { return ends.linked(); });
  EXPECT_TRUE(ends.linked()) << "SEED " << seed << " speed " << speed;
  // With clocks 2 % wrong, 1000000 may be as near to 921600.
  EXPECT_NEAR(ends.at(End::a).search->speed(), speed, 0.08 * speed) << "SEED " << seed;
  EXPECT_EQ(ends.at(End::a).told, std::vector<Found>{Found::peer}) << "SEED " << seed;
  return ends.now() - begun;
}

TEST(SpeedSearch, FindsAPeerOfAnyUsualSpeedWithinFiveSeconds) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) find_peer(seed, false, 5s);
}

/// One hello in seven is damaged, so that there may be none to be understood within five seconds.
TEST(SpeedSearch, FindsAPeerOfAnyUsualSpeedThoughThereIsNoise) {
  int late = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) late += find_peer(seed, true, 15s) > 5s ? 1 : 0;
  EXPECT_LE(late, 4);
}

TEST(SpeedSearch, TwoThatSearchMeetAtHome) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    base::Prng random(seed);
    Ends ends(seed, some_cable(random));
    ends.start(End::b, {});
    ends.run_until(kStart + std::chrono::milliseconds(random.below(5'000)));
    const Time begun = ends.now();
    ends.start(End::a, {});
    ends.run_until(begun + 5s, [&] { return ends.linked(); });
    EXPECT_TRUE(ends.linked()) << "SEED " << seed;
  }
}

TEST(SpeedSearch, FindsUnusualSpeedsLater) {
  for (const std::uint32_t speed : {300U, 600U, 1200U, 2400U, 4800U, 2'000'000U, 3'000'000U}) {
    Ends ends(speed, {});
    ends.start(End::b, speed);
    ends.run_until(kStart + 3s);
    ends.start(End::a, {});
    ends.run_until(kStart + 123s, [&] { return ends.linked(); });
    EXPECT_TRUE(ends.linked()) << speed;
  }
}

TEST(SpeedSearch, FindsAPeerThatComesBackAtAnotherSpeed) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    base::Prng random(seed);
    Ends ends(seed, some_cable(random));
    const std::uint32_t first = kUsual[random.below(std::size(kUsual))];
    const std::uint32_t second = kUsual[random.below(std::size(kUsual))];
    ends.start(End::b, first);
    ends.start(End::a, {});
    ends.run_until(kStart + 5s, [&] { return ends.linked(); });
    ASSERT_TRUE(ends.linked()) << "SEED " << seed;
    // kill -9, and a new start, of one that searches, too.
    ends.stop(End::b);
    ends.run_until(ends.now() + std::chrono::milliseconds(random.below(20'000)));
    ends.at(End::a).linked_at.reset();
    const Time begun = ends.now();
    const bool searches = seed % 4 == 0;
    ends.start(End::b, searches ? std::nullopt : std::optional(second));
    // A peer that takes what it hears for text says hello each 30 s only.
    ends.run_until(begun + 45s, [&] { return ends.linked(); });
    EXPECT_TRUE(ends.linked()) << "SEED " << seed << ": " << first << ", then " << second;
  }
}

TEST(SpeedSearch, SaysThatNothingIsReceivedAndCallsAtHomeOnly) {
  Ends ends(1, {});
  ends.start(End::a, {});
  ends.run_until(kStart + 9s);
  EXPECT_EQ(ends.at(End::a).told, std::vector<Found>{Found::silence});
  EXPECT_EQ(ends.at(End::a).search->speed(), SpeedSearch::kHome);
  EXPECT_FALSE(ends.got(End::b).empty());
  ends.run_until(kStart + 300s);
  EXPECT_EQ(ends.at(End::a).told.size(), 1U);
  // And is there when somebody comes.
  ends.start(End::b, 500'000);
  ends.run_until(kStart + 306s, [&] { return ends.linked(); });
  EXPECT_TRUE(ends.linked());
}

TEST(SpeedSearch, SaysThatNoiseMakesNoSense) {
  Ends ends(1, {});
  base::Prng random(1);
  ends.start(End::a, {});
  for (int i = 0; i < 100; ++i) {
    Bytes noise(20);
    for (Byte& byte : noise) byte = static_cast<Byte>(random.next() >> 56U);
    ends.cable().send(End::b, noise, ends.now());
    ends.run_until(ends.now() + 100ms);
  }
  EXPECT_EQ(ends.at(End::a).told, std::vector<Found>{Found::noise});
}

constexpr std::string_view kConsole =
    "[    2.104311] EXT4-fs (mmcblk0p2): mounted filesystem with ordered data mode.\r\n"
    "\r\nDebian GNU/Linux 12 board ttyS0\r\n\r\nboard login: ";

TEST(SpeedSearch, FindsTheSpeedOfAConsoleAndSendsNothingAtAnother) {
  for (const std::uint32_t speed : kUsual) {
    Ends ends(speed, {});
    ends.at(End::b).set = speed;
    sim::LineSettings settings;
    settings.baud = speed;
    ends.cable().set_settings(End::b, settings, ends.now());
    ends.start(End::a, {});
    // It writes before anything was said, and goes on.
    for (int i = 0; i < 12; ++i) {
      ends.run_until(ends.now() + 700ms);
      ends.cable().send(End::b, Bytes(kConsole.begin(), kConsole.end()), ends.now());
    }
    ends.run_until(ends.now() + 5s);
    EXPECT_EQ(ends.at(End::a).told, std::vector<Found>{Found::text}) << speed;
    EXPECT_EQ(ends.at(End::a).search->speed(), speed);
    // The login prompt has ended all hellos (docs/protocol.md, "At a terminal").
    EXPECT_EQ(ends.got(End::b), Bytes()) << speed;
  }
}

TEST(SpeedSearch, LeavesOutWhatTheDriverCannotDo) {
  SpeedSearch search(1);
  search.begin(kStart);
  Time now = kStart;
  // Of a peer at 1000000, as it looks at 115200.
  std::vector<std::uint32_t> visited;
  for (int i = 0; i < 40; ++i) {
    now += 200ms;
    if (search.speed() == 115200) search.heard(Bytes{0xFB, 0x00, 0xF7, 0x00, 0xBD, 0x00, 0xDF, 0x7D}, now);
    search.tick(now + 50ms);
    if (search.speed() == 115200) continue;
    visited.push_back(search.speed());
    search.cannot(now + 50ms);
  }
  EXPECT_GT(visited.size(), 6U);
  std::ranges::sort(visited);
  EXPECT_EQ(std::ranges::adjacent_find(visited), visited.end());
}

}  // namespace
}  // namespace serialtcp::wire
