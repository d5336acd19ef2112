// Lines that eat, change, or answer bytes: a link comes up within 4 s, and all bytes arrive.
#include <algorithm>

#include "measures.h"
#include "soak.h"
#include "wire/line_message.h"

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

TEST_P(CleanLines, CarryALinkWithinFourSecondsAndAllBytes) {
  const auto& [line, speed] = GetParam();
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE("SEED " + std::to_string(seed));
    World world(config_for(line, speed, seed));
    if (line.back) world.pair().cable().set_faults(End::b, *line.back);
    world.start_both();
    // Where the first handshake arrives but its answer does not, the end that has answered waits for the proof first.
    world.bring_up(speed.sealed && speed.baud == 9600 ? 4500ms : 4s);
    if (testing::Test::HasFailure()) {
      ADD_FAILURE() << world.describe();
      return;
    }
    const std::uint64_t bytes = std::min<std::uint64_t>(200'000, speed.baud);
    // On a sealed link, what damages frames is known only after some of them.
    world.expect_transfer(bytes, 120s);
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

/// The other end, which still has the link, learns of it within a few seconds.
void restart_one(World& world, End end) {
  const auto links = [&] {
    return std::ranges::count_if(world.line_events(other(end)), [](const Event& event) {
      return std::holds_alternative<event::LinkUp>(event);
    });
  };
  const auto before = links();
  world.restart(end);
  const auto up = [&] { return links() > before && world.pair().at(end).link_up(); };
  EXPECT_TRUE(world.run_until(up, 8s)) << world.describe();
}

// ---- What is given, not found out ----

CleanLine escapes(std::initializer_list<unsigned> values, CleanMode mode = CleanMode::escape) {
  CleanLine clean{.mode = mode};
  for (const unsigned value : values) clean.avoided.set(value);
  return clean;
}

std::vector<event::LineCoded> codings(const World& world, End end) {
  std::vector<event::LineCoded> all;
  for (const Event& event : world.line_events(end)) {
    if (const auto* coded = std::get_if<event::LineCoded>(&event)) all.push_back(*coded);
  }
  return all;
}

/// Whether `values` are among what arrives at either end.
class Watch {
 public:
  Watch(World& world, const sim::Faults& faults) {
    world.pair().set_tap([this, faults](End, Bytes& bytes, Time) {
      for (const Byte byte : bytes) {
        if (std::ranges::find(faults.alterations, byte, &sim::Alteration::value) != faults.alterations.end())
          ++seen;
      }
    });
  }
  std::uint64_t seen = 0;
};

TEST(CleanGiven, SoftwareFlowControlIsAgreedOnAsTheLinkComesUp) {
  for (const bool sealed : {false, true}) {
    for (const bool a_only : {false, true}) {
      WorldConfig config;
      if (sealed) config.a_key = config.b_key = key_number(1);
      config.a_clean = escapes({0x11, 0x13, 0x91, 0x93}, CleanMode::automatic);
      if (!a_only) config.b_clean = config.a_clean;
      World world(config);
      world.start_both();
      world.bring_up(1s);
      world.run_for(500ms);
      Watch watch(world, changing(eaten({0x11, 0x13, 0x91, 0x93})));
      world.expect_transfer(100'000, 30s);
      EXPECT_EQ(watch.seen, 0U);
      ASSERT_EQ(codings(world, End::a).size(), 1U);
      EXPECT_EQ(codings(world, End::a)[0].avoided, 4U);
      EXPECT_EQ(codings(world, End::b).size(), 1U);
    }
  }
}

TEST(CleanGiven, ModesOfOneOrBothEndsAreUsedByBoth) {
  const CleanLine seven{.mode = CleanMode::seven_bits};
  const CleanLine nul = escapes({0x00});
  for (const auto& [a, b] : std::vector<std::pair<CleanLine, CleanLine>>{
           {seven, {}}, {{}, seven}, {seven, seven}, {nul, {}}, {nul, nul}, {nul, seven}, {{}, nul}}) {
    for (const bool sealed : {false, true}) {
      WorldConfig config;
      SCOPED_TRACE(std::to_string(static_cast<int>(a.mode)) + std::to_string(static_cast<int>(b.mode)) +
                   (sealed ? " sealed" : ""));
      if (sealed) config.a_key = config.b_key = key_number(1);
      config.a_clean = a;
      config.b_clean = b;
      World world(config);
      world.start_both();
      world.bring_up(4s);
      world.expect_transfer(50'000, 30s);
      restart_one(world, End::b);
      world.expect_transfer(5000, 30s);
    }
  }
}

/// A terminal that passes on whole lines, of 255 characters at most, and shows what is typed.
TEST(CleanGiven, SevenBitsPassATerminalThatCollectsLines) {
  WorldConfig config;
  config.a_clean = config.b_clean = {.mode = CleanMode::seven_bits};
  World world(config);
  std::array<Bytes, 2> lines;
  world.pair().set_tap([&](End to, Bytes& bytes, Time) {
    Bytes& line = lines[to == End::a ? 0 : 1];
    Bytes whole;
    for (const Byte byte : bytes) {
      if (line.size() < 255 || byte == '\n') line.push_back(byte & 0x7F);
      if (byte != '\n') continue;
      whole.insert(whole.end(), line.begin(), line.end());
      line.clear();
    }
    bytes = whole;
  });
  world.start_both();
  world.bring_up(4s);
  world.expect_transfer(50'000, 30s);
}

TEST(CleanGiven, EightBitsAreLeftAlone) {
  WorldConfig config;
  config.a_clean.mode = CleanMode::eight_bits;
  config.faults = changing(eaten({0x00}));
  World world(config);
  world.start_both();
  world.run_for(20s);
  EXPECT_FALSE(world.pair().at(End::a).link_up());
  EXPECT_TRUE(codings(world, End::b).empty());
}

// ---- Changes, echoes, noise ----

TEST(CleanChanges, AreLearnedAgainWithTheNextLink) {
  for (const bool sealed : {false, true}) {
    WorldConfig config;
    if (sealed) config.a_key = config.b_key = key_number(1);
    config.faults = changing(eaten({0x00}));
    World world(config);
    world.start_both();
    world.bring_up(4s);
    world.expect_transfer(10'000, 30s);
    for (const auto& faults : {terminal(true, true, true, false), sim::Faults{}, changing(eaten({0x7E}))}) {
      world.restart(End::a);
      world.restart(End::b);
      world.pair().cable().set_faults(faults);
      world.bring_up(4s);
      world.expect_transfer(10'000, 30s);
    }
    // One end, while the other one still has the link.
    world.pair().cable().set_faults(terminal(true, true, true, false));
    restart_one(world, End::b);
    world.expect_transfer(10'000, 30s);
  }
}

TEST(CleanEcho, OfATerminalIsIgnored) {
  for (const bool sealed : {false, true}) {
    for (const bool strip : {false, true}) {
      for (const bool cooked : {false, true}) {
        SCOPED_TRACE((sealed ? "sealed " : "") + std::string(strip ? "strip " : "") +
                     (cooked ? "cooked" : "raw"));
        WorldConfig config;
        if (sealed) config.a_key = config.b_key = key_number(1);
        if (strip) config.faults = terminal(true, true, true, false);
        World world(config);
        world.pair().set_tap([&](End to, Bytes& bytes, Time) {
          if (to != End::b) return;
          std::string echo;
          for (const Byte byte : bytes) {
            if (cooked && byte < 0x20 && byte != '\n' && byte != '\t') {
              echo += '^';
              echo += static_cast<char>(byte ^ 0x40);
            } else {
              echo += static_cast<char>(byte);
            }
          }
          if (world.pair().cable().room(End::b, world.now()) >= echo.size()) world.inject(End::b, echo);
        });
        world.start_both();
        world.bring_up(6s);
        world.expect_transfer(20'000, 60s);
      }
    }
  }
}

TEST(CleanNoise, NeverLeadsToACoding) {
  for (const double ber : {1e-5, 1e-4, 1e-3}) {
    for (const bool sealed : {false, true}) {
      for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        WorldConfig config;
        config.seed = seed;
        config.baud = seed % 2 == 0 ? 9600 : 115200;
        config.faults.ber = ber;
        if (sealed) config.a_key = config.b_key = key_number(1);
        World world(config);
        world.start_both();
        world.bring_up(20s);
        world.open(End::a, Behaviour::sink, 1ULL << 40);
        world.open(End::b, Behaviour::sink, 1ULL << 40);
        world.run_for(20s);
        EXPECT_TRUE(codings(world, End::a).empty() && codings(world, End::b).empty())
            << ber << " SEED " << seed;
      }
    }
  }
}

// ---- Content that looks like what the ends tell each other ----

Bytes like_messages() {
  using Kind = wire::LineMessage::Kind;
  Bytes content;
  for (const Kind kind :
       {Kind::probe, Kind::report, Kind::sweep, Kind::filler, Kind::announce, Kind::swept}) {
    for (std::uint64_t token = 1; token < 30; ++token) {
      const Bytes message = wire::write_line_message({.kind = kind, .token = {token}, .peer = {token + 1}});
      content.insert(content.end(), message.begin(), message.end());
    }
  }
  return content;
}

/// What of `content`, written at one end, is read at the other.
Bytes through(World& world, const Bytes& content) {
  std::optional<StreamId> far;
  Bytes heard;
  const auto is_of_stream = [](const Event& event) {
    return std::holds_alternative<event::Readable>(event) || std::holds_alternative<event::Writable>(event);
  };
  world.set_listener([&](End end, const Event& event) {
    const auto* const opened = std::get_if<event::Opened>(&event);
    if (opened != nullptr && end == End::b) far = opened->stream;
    return opened != nullptr || is_of_stream(event);
  });
  const StreamId near = *world.pair().at(End::a).open({}, world.now());
  std::size_t written = 0;
  for (int i = 0; i < 3000 && heard.size() < content.size(); ++i) {
    written +=
        world.pair().at(End::a).write(near, ByteView(content).subspan(written), world.now()).value_or(0);
    world.pair().pump(End::a);
    world.run_for(10ms);
    if (!far) continue;
    Bytes piece(4096);
    const auto read = world.pair().at(End::b).read(*far, piece, world.now());
    heard.insert(heard.end(), piece.begin(),
                 piece.begin() + static_cast<std::ptrdiff_t>(read ? read->count : 0));
    world.pair().pump(End::b);
  }
  return heard;
}

TEST(CleanContent, ThatLooksLikeMessagesArrives) {
  const CleanLine automatic;
  const CleanLine alone{.mode =
                            CleanMode::eight_bits};  // like a peer of version 2.0.0, it does not know of them
  const CleanLine seven{.mode = CleanMode::seven_bits};
  for (const auto& [a, b] : std::vector<std::pair<CleanLine, CleanLine>>{{automatic, automatic},
                                                                         {automatic, alone},
                                                                         {alone, automatic},
                                                                         {escapes({0x00}), automatic},
                                                                         {seven, seven}}) {
    SCOPED_TRACE(std::to_string(static_cast<int>(a.mode)) + std::to_string(static_cast<int>(b.mode)));
    WorldConfig config;
    config.a_clean = a;
    config.b_clean = b;
    config.a_compression = config.b_compression = Compression::off;
    World world(config);
    world.start_both();
    world.bring_up(4s);
    const Bytes content = like_messages();
    EXPECT_EQ(through(world, content), content) << world.describe();
    EXPECT_EQ(world.pair().at(End::b).stats().frames_damaged, 0U);
  }
}

TEST(CleanConsole, FarEndThatStartsAfterItsBannersIsFound) {
  for (const bool sealed : {false, true}) {
    WorldConfig config;
    if (sealed) config.a_key = config.b_key = key_number(1);
    config.faults = terminal(true, true, true, false);
    World world(config);
    world.pair().start(End::a);
    world.inject(End::b,
                 "Debian GNU/Linux 12\r\nThe programs included with the system are free software\r\n");
    world.run_for(3s);
    world.inject(End::b,
                 "Last login: Sun Nov 29 from 10.0.0.1\r\nstarting the other end of the cable now\r\n");
    world.run_for(40s);
    world.pair().start(End::b);
    world.bring_up(10s);
    world.expect_transfer(10'000, 30s);
  }
}

}  // namespace
}  // namespace serialtcp::test
