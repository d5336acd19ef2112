// Somebody in the middle forges what the ends tell each other about the line (wire/line_message). On a sealed link
// nothing of it is authenticated: the worst must be a slower coding, or what noise could do. SECURITY.md.
#include <array>

#include "base/prng.h"
#include "measures.h"
#include "soak.h"
#include "wire/line_message.h"
#include "wire/line_sweep.h"

namespace serialtcp::test {
namespace {

using Kind = wire::LineMessage::Kind;

/// Hears all messages, and so knows the tokens of both ends; puts its own among the bytes of the line.
class Forger {
 public:
  Forger(World& world, std::uint64_t seed, Duration every) : random_(seed), every_(every) {
    world.pair().set_tap([this](End to, Bytes& bytes, Time now) { pass(to, bytes, now); });
  }
  void stop() { active_ = false; }
  std::uint64_t forged() const { return forged_; }

 private:
  static std::size_t index(End end) { return end == End::a ? 0 : 1; }

  void pass(End to, Bytes& bytes, Time now) {
    ByteView rest = bytes;
    while (const auto item = splitters_[index(to)].next(rest)) {
      if (item->message) tokens_[index(sim::other(to))] = item->message->token;
    }
    if (!active_ || bytes.empty() || now < next_[index(to)]) return;
    next_[index(to)] = now + every_;
    const Bytes message = forge(to);
    const auto at = static_cast<std::ptrdiff_t>(random_.below(bytes.size() + 1));
    bytes.insert(bytes.begin() + at, message.begin(), message.end());
    ++forged_;
  }

  wire::ByteSet some_values(std::uint64_t most) {
    wire::ByteSet set;
    for (std::uint64_t n = 1 + random_.below(most); n > 0; --n) set.set(random_.below(256));
    return set;
  }

  Bytes forge(End to) {
    wire::LineMessage message;
    // As from the other end, or from nobody.
    message.token = random_.chance(0.5) ? tokens_[index(sim::other(to))]
                                        : wire::LineToken{random_.below(wire::kLineTokens)};
    message.peer = tokens_[index(to)];
    constexpr std::array kKinds = {Kind::announce, Kind::announce, Kind::probe,  Kind::report,
                                   Kind::sweep,    Kind::swept,    Kind::filler, Kind::go_on};
    message.kind = kKinds[random_.below(kKinds.size())];
    message.complete = random_.chance(0.5);
    message.arrived = ~some_values(200);
    constexpr std::array kModes = {wire::LineMode::plain, wire::LineMode::escaped, wire::LineMode::printable,
                                   wire::LineMode::lines};
    message.coding.mode = kModes[random_.below(kModes.size())];
    if (message.coding.mode == wire::LineMode::escaped) message.coding.avoided = some_values(8);
    return wire::write_line_message(message);
  }

  base::Prng random_;
  Duration every_;
  bool active_ = true;
  std::array<Time, 2> next_{};
  std::array<wire::LineSplitter, 2> splitters_;
  std::array<wire::LineToken, 2> tokens_{};
  std::uint64_t forged_ = 0;
};

WorldConfig sealed(std::uint64_t seed) {
  WorldConfig config;
  config.seed = seed;
  config.a_key = config.b_key = key_number(1);
  return config;
}

TEST(ForgedLines, ChangeNothingThatIsDelivered) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("SEED " + std::to_string(seed));
    World world(sealed(seed));
    Forger forger(world, seed, seed % 2 == 0 ? 300ms : 3s);
    world.start_both();
    world.bring_up(30s);
    world.expect_transfer(100'000, 300s);
    EXPECT_GE(forger.forged(), 4U);
  }
}

/// Once it stops, the link is as fast as the coding that was agreed on, the slowest of which costs 23 %.
TEST(ForgedLines, MakeTheLinkSlowerAtMost) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE("SEED " + std::to_string(seed));
    World world(sealed(seed));
    Forger forger(world, seed, 1s);
    world.start_both();
    world.bring_up(30s);
    world.run_for(20s);
    forger.stop();
    world.run_for(40s);
    EXPECT_GE(goodput(world, End::a, 20s, 10s), 0.7) << world.describe();
  }
}

}  // namespace
}  // namespace serialtcp::test
