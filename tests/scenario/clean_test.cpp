// Lines that eat, change, or answer bytes: a link comes up within 4 s, and all bytes arrive.
#include <algorithm>

#include "measures.h"
#include "soak.h"

namespace serialtcp::test {
namespace {

struct CleanCase {
  std::string name;
  sim::Faults there = {};
  std::optional<sim::Faults> back = std::nullopt;  ///< if the other direction differs
};

sim::Faults changing(std::vector<sim::Alteration> alterations, bool strip = false) {
  sim::Faults faults;
  faults.alterations = std::move(alterations);
  faults.strip = strip;
  return faults;
}

std::vector<sim::Alteration> eaten(std::initializer_list<unsigned> values) {
  std::vector<sim::Alteration> all;
  for (const unsigned value : values) all.push_back({static_cast<Byte>(value), {}});
  return all;
}

/// A terminal in the middle, with these of its modes.
sim::Faults terminal(bool icrnl, bool ixon, bool istrip, bool onlcr) {
  std::vector<sim::Alteration> all;
  if (icrnl) all.push_back({0x0D, {0x0A}});
  if (ixon) {
    all.push_back({0x11, {}});
    all.push_back({0x13, {}});
  }
  // The eighth bit is stripped first.
  if (ixon && istrip) {
    all.push_back({0x91, {}});
    all.push_back({0x93, {}});
  }
  if (icrnl && istrip) all.push_back({0x8D, {0x0A}});
  if (onlcr) all.push_back({0x0A, {0x0D, 0x0A}});
  return changing(all, istrip);
}

std::vector<sim::Alteration> controls() {
  std::vector<sim::Alteration> all;
  for (unsigned value = 0; value < 0x20; ++value) all.push_back({static_cast<Byte>(value), {}});
  all.push_back({0x7F, {}});
  return all;
}

std::vector<CleanCase> clean_cases() {
  const auto both = terminal(true, true, true, false);
  return {{"Clean"},
          {"Icrnl", terminal(true, false, false, false)},
          {"Ixon", terminal(false, true, false, false)},
          {"Istrip", terminal(false, false, true, false)},
          {"Onlcr", terminal(false, false, false, true)},
          {"Sane", both},
          {"SaneBothWays", both, terminal(false, false, false, true)},
          {"SaneThereOnly", both, sim::Faults{}},
          {"IcrnlIxon", terminal(true, true, false, false)},
          {"IcrnlIxonOnlcr", terminal(true, true, false, true)},
          {"XonXoffWithHigh", changing(eaten({0x11, 0x13, 0x91, 0x93}))},
          {"Nul", changing(eaten({0x00}))},
          {"EndOfFrame", changing(eaten({0x7E}))},
          {"Escape", changing(eaten({0x1F}))},
          {"One", changing(eaten({0x01}))},
          {"Iac", changing({{0xFF, {0xFF, 0xFF}}})},
          {"IacAndCr", changing({{0xFF, {}}, {0x0D, {0x0D, 0x00}}})},
          {"TildeToCaret", changing({{0x7E, {0x5E}}})},
          {"Controls", changing(controls())},
          {"ControlsAndStrip", changing(controls(), true)},
          {"DifferentWays", changing(eaten({0x01, 0x02})), changing(eaten({0xFF, 0x00}))},
          {"Eight", changing(eaten({0x00, 0x01, 0x02, 0x05, 0x1F, 0x7E, 0xFF, 0x40}))},
          {"StripBackOnly", sim::Faults{}, changing({}, true)}};
}

struct Speed {
  std::uint32_t baud;
  bool sealed;
};

void PrintTo(const CleanCase& line, std::ostream* out) {
  *out << line.name;
}
void PrintTo(const Speed& speed, std::ostream* out) {
  *out << speed.baud;
}

class CleanLines : public testing::TestWithParam<std::tuple<CleanCase, Speed>> {};

WorldConfig config_for(const CleanCase& line, Speed speed, std::uint64_t seed) {
  WorldConfig config;
  config.seed = seed;
  config.baud = speed.baud;
  config.faults = line.there;
  if (speed.sealed) config.a_key = config.b_key = key_number(1);
  return config;
}

void transfer(World& world, std::uint64_t bytes, Duration limit) {
  Socket& there = world.open(End::a, Behaviour::sink, bytes);
  Socket& back = world.open(End::b, Behaviour::sink, bytes);
  EXPECT_TRUE(world.run_until([&] { return there.done() && back.done(); }, limit)) << world.describe();
  EXPECT_FALSE(there.reset || back.reset);
}

TEST_P(CleanLines, CarryALinkWithinFourSecondsAndAllBytes) {
  const auto& [line, speed] = GetParam();
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE("SEED " + std::to_string(seed));
    World world(config_for(line, speed, seed));
    if (line.back) world.pair().cable().set_faults(End::b, *line.back);
    world.start_both();
    world.bring_up(4s);
    if (testing::Test::HasFailure()) {
      ADD_FAILURE() << world.describe();
      return;
    }
    const std::uint64_t bytes = std::min<std::uint64_t>(200'000, speed.baud);
    transfer(world, bytes, 60s);
  }
}

std::string case_name(const testing::TestParamInfo<std::tuple<CleanCase, Speed>>& info) {
  const auto& [line, speed] = info.param;
  return line.name + std::to_string(speed.baud) + (speed.sealed ? "Sealed" : "");
}

INSTANTIATE_TEST_SUITE_P(Of, CleanLines,
                         testing::Combine(testing::ValuesIn(clean_cases()),
                                          testing::Values(Speed{9600, false}, Speed{115200, false},
                                                          Speed{921600, false}, Speed{9600, true},
                                                          Speed{115200, true}, Speed{921600, true})),
                         case_name);

}  // namespace
}  // namespace serialtcp::test
