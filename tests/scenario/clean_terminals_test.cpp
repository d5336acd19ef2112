// Real terminals between the ends: they stop at XOFF, go on at XON, and echo (sim/terminal).
#include <algorithm>

#include "measures.h"
#include "soak.h"

namespace serialtcp::test {
namespace {

struct TerminalCase {
  std::string name;
  sim::TerminalModes at_b;
  sim::TerminalModes at_a = {};
};

struct TerminalSpeed {
  std::uint32_t baud;
  bool sealed;
};

void PrintTo(const TerminalCase& line, std::ostream* out) {
  *out << line.name;
}
void PrintTo(const TerminalSpeed& speed, std::ostream* out) {
  *out << speed.baud;
}

using TerminalParam = std::tuple<TerminalCase, TerminalSpeed>;

std::string name_of(const testing::TestParamInfo<TerminalParam>& info) {
  const auto& [line, speed] = info.param;
  return line.name + std::to_string(speed.baud) + (speed.sealed ? "Sealed" : "");
}

WorldConfig config_for(TerminalSpeed speed, std::uint64_t seed) {
  WorldConfig config;
  config.seed = seed;
  config.baud = speed.baud;
  if (speed.sealed) config.a_key = config.b_key = key_number(1);
  return config;
}

const std::vector<TerminalCase> kTerminals = {
    TerminalCase{"Ixon", {.ixon = true}}, TerminalCase{"IxonStrip", {.istrip = true, .ixon = true}},
    TerminalCase{"IxonEcho", {.ixon = true, .echo = true, .echoctl = true}},
    TerminalCase{"Silent", {.istrip = true, .icrnl = true, .ixon = true, .onlcr = true}},
    TerminalCase{"Cooked", sim::kCooked}};

class CleanTerminals : public testing::TestWithParam<TerminalParam> {};

TEST_P(CleanTerminals, CarryALinkWithinFourSecondsAndAllBytes) {
  const auto& [line, speed] = GetParam();
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("SEED " + std::to_string(seed));
    World world(config_for(speed, seed));
    world.pair().cable().set_terminal(End::b, line.at_b, world.now());
    world.pair().cable().set_terminal(End::a, line.at_a, world.now());
    world.start_both();
    // Each byte that is echoed takes its time there.
    world.bring_up(line.at_b.echo && speed.baud == 9600 ? 8s : 4s);
    // What is echoed falls into the frames of the other direction, and damages most of them.
    const std::uint64_t bytes = line.at_b.echo ? speed.baud / 10 : speed.baud;
    if (!testing::Test::HasFailure()) world.expect_transfer(std::min<std::uint64_t>(100'000, bytes), 120s);
    if (testing::Test::HasFailure()) {
      ADD_FAILURE() << world.describe();
      return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Of, CleanTerminals,
    testing::Combine(testing::ValuesIn(kTerminals),
                     testing::Values(TerminalSpeed{9600, false}, TerminalSpeed{115200, false},
                                     TerminalSpeed{921600, false}, TerminalSpeed{9600, true},
                                     TerminalSpeed{115200, true}, TerminalSpeed{921600, true})),
    name_of);

/// What an end sends first depends on its random numbers, and where the other one is then on when it has started.
class CleanTerminalSeeds : public testing::TestWithParam<std::tuple<TerminalCase, bool>> {};

TEST_P(CleanTerminalSeeds, CarryALinkWithinFourSeconds) {
  const auto& [line, sealed] = GetParam();
  constexpr std::array<std::uint32_t, 3> kSpeeds = {9600, 115200, 3'000'000};
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("SEED " + std::to_string(seed));
    const std::uint32_t baud = kSpeeds[seed % kSpeeds.size()];
    World world(config_for({baud, sealed}, seed));
    world.pair().cable().set_terminal(End::b, line.at_b, world.now());
    const End first = seed % 2 == 0 ? End::a : End::b;
    world.pair().start(first);
    world.run_for(std::chrono::milliseconds(seed * 7 % 40));
    world.pair().start(other(first));
    // At 9600 baud the sweeps alone take 2 s; where all is echoed, several times that.
    world.bring_up(baud > 9600 ? 4s : line.at_b.echo ? 12s : 5s);
    if (testing::Test::HasFailure()) {
      ADD_FAILURE() << world.describe();
      return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Of, CleanTerminalSeeds,
                         testing::Combine(testing::ValuesIn(kTerminals), testing::Bool()),
                         [](const auto& param) {
                           return std::get<0>(param.param).name + (std::get<1>(param.param) ? "Sealed" : "");
                         });

/// Where hellos happen to survive, the link is up before any search, and what the line changes is found while it is.
TEST(EarlyLink, LearnsOfTheLostBitWhileItIsUp) {
  int early = 0;
  for (std::uint64_t seed = 1; seed <= 1500 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("SEED " + std::to_string(seed));
    constexpr std::array<std::uint32_t, 4> kSpeeds = {9600, 115200, 115200, 921600};
    World world(config_for({kSpeeds[seed % kSpeeds.size()], seed % 7 == 0}, seed));
    world.pair().cable().set_terminal(
        End::b, seed % 3 == 0 ? sim::TerminalModes{.istrip = true} : sim::kCooked, world.now());
    const End first = seed % 2 == 0 ? End::a : End::b;
    world.pair().start(first);
    world.run_for(std::chrono::milliseconds(seed * 7 % 40));
    world.pair().start(other(first));
    world.run_for(200ms);
    if (!world.pair().at(End::a).link_up() || !world.pair().at(End::b).link_up()) continue;
    ++early;
    world.expect_transfer(2000, 60s);
  }
  EXPECT_GE(early, 20);
}

}  // namespace
}  // namespace serialtcp::test
