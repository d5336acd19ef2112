// Lines that are not 8-bit clean: the value that does not arrive is reported soon, and never for a line that
// is only noisy.
#include "measures.h"
#include "soak.h"

namespace serialtcp::test {
namespace {

using Kind = ByteChange::Kind;

struct BytesCase {
  std::string name;
  sim::Faults faults;
  std::vector<ByteChange> right;  ///< any of these, and nothing else
  std::uint32_t baud = 115200;
};

class ByteValues : public testing::TestWithParam<BytesCase> {};

/// Whether the link comes up does not matter: it depends on the random numbers in the hellos.
TEST_P(ByteValues, ThatTheLineDoesNotCarryAreNamed) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    WorldConfig config;
    config.seed = seed;
    config.baud = GetParam().baud;
    config.faults = GetParam().faults;
    World world(config);
    world.start_both();
    const auto up = [&] { return world.pair().at(End::a).link_up() && world.pair().at(End::b).link_up(); };
    world.run_until(up, 5s);
    if (up()) {
      world.open(End::a, Behaviour::sink, 1ULL << 40);
      world.open(End::b, Behaviour::sink, 1ULL << 40);
    }
    const auto named = [&] {
      return !world.byte_changes(End::a).empty() || !world.byte_changes(End::b).empty();
    };
    EXPECT_TRUE(world.run_until(named, 25s))
        << "SEED " << seed << " " << (up() ? "up " : "down ") << world.describe();
    if (!up()) world.run_for(5s);
    for (const End end : {End::a, End::b}) {
      // It would deliver what the line makes of the data.
      EXPECT_NE(world.protocol_at(end), Protocol::original) << "SEED " << seed;
      for (const ByteChange& change : world.byte_changes(end)) {
        EXPECT_NE(std::ranges::find(GetParam().right, change), GetParam().right.end())
            << "SEED " << seed << " kind " << int(change.kind) << " value " << int(change.value) << " other "
            << int(change.other);
      }
    }
  }
}

BytesCase eats(Byte value, std::uint32_t baud = 115200) {
  sim::Faults faults;
  faults.alterations = {{value, {}}};
  return {
      "Eats" + std::to_string(value) + "At" + std::to_string(baud), faults, {{Kind::lost, value, 0}}, baud};
}

BytesCase maps(std::string name, Byte value, Bytes becomes, ByteChange right) {
  sim::Faults faults;
  faults.alterations = {{value, std::move(becomes)}};
  return {std::move(name), faults, {right}};
}

BytesCase flow_control() {
  sim::Faults faults;
  faults.alterations = {{0x11, {}}, {0x13, {}}};
  return {"FlowControl", faults, {{Kind::lost, 0x11, 0}, {Kind::lost, 0x13, 0}}};
}

BytesCase seven_bits() {
  sim::Faults faults;
  faults.strip = true;
  return {"SevenBits", faults, {{Kind::seven_bits, 0x80, 0}}};
}

BytesCase with_noise() {
  BytesCase result = eats(0x13);
  result.name = "EatsAmidNoise";
  result.faults.ber = 1e-5;
  result.faults.drop = 1e-5;
  return result;
}

/// Values that each hello contains several times, or that end its frames: no frame is found.
INSTANTIATE_TEST_SUITE_P(OfEachHello, ByteValues,
                         testing::Values(eats(0x00), eats(0x00, 9600), eats(0x01), eats(0x02, 38400),
                                         eats(0x1F), eats(0x20), eats(0x40), eats(0x7E),
                                         maps("DoublesNul", 0x00, {0x00, 0x00}, {Kind::extended, 0x00, 0x00}),
                                         maps("NulToFf", 0x00, {0xFF}, {Kind::replaced, 0x00, 0xFF}),
                                         maps("NulToDelNul", 0x00, {0x7F, 0x00},
                                              {Kind::extended, 0x00, 0x7F}),
                                         maps("TildeToCaret", 0x7E, {0x5E}, {Kind::replaced, 0x7E, 0x5E})),
                         [](const auto& p) { return p.param.name; });

INSTANTIATE_TEST_SUITE_P(Of, ByteValues,
                         testing::Values(eats(0x13), eats(0x11, 9600), eats(0x1A, 921600), eats(0xFF),
                                         eats(0x7D, 38400), eats(0x00), eats(0x1B, 57600), eats(0x1F),
                                         eats(0x7E), eats(0x3A, 2400), eats(0x13, 1200), flow_control(),
                                         seven_bits(), with_noise(),
                                         maps("DoublesFf", 0xFF, {0xFF, 0xFF}, {Kind::extended, 0xFF, 0xFF}),
                                         maps("LfToCrLf", 0x0A, {0x0D, 0x0A}, {Kind::extended, 0x0A, 0x0D}),
                                         maps("CrToCrLf", 0x0D, {0x0D, 0x0A}, {Kind::extended, 0x0D, 0x0A}),
                                         maps("CrToLf", 0x0D, {0x0A}, {Kind::replaced, 0x0D, 0x0A})),
                         [](const auto& p) { return p.param.name; });

/// Bit errors, lost and doubled bytes, bursts: any value is damaged now and then.
TEST(NoisyLines, AreNotSaidToAlterBytes) {
  const Seeds seeds = seeds_to_run();
  constexpr std::uint64_t kMost = 35;  // each kind of line five times
  for (std::uint64_t seed = 1; seed <= (seeds.count > 1 ? std::min(seeds.count, kMost) : kMost); ++seed) {
    base::Prng random(seed);
    WorldConfig config;
    config.seed = seed;
    config.faults = random_faults(random);
    if (seed % 3 == 0) config.faults = {.drop = 0.01 * random.unit()};
    if (seed % 7 == 0) config.faults = {.duplicate = 0.01 * random.unit()};
    World world(config);
    world.payload = seed % 2 == 0 ? Payload::text : Payload::random;
    world.start_both();
    world.run_until([&] { return world.pair().at(End::a).link_up() && world.pair().at(End::b).link_up(); },
                    20s);
    for (const End end : {End::a, End::b}) {
      if (world.pair().at(end).link_up()) world.open(end, Behaviour::sink, 1ULL << 40);
    }
    world.run_for(10s);
    EXPECT_TRUE(world.byte_changes(End::a).empty()) << "SEED " << seed;
    EXPECT_TRUE(world.byte_changes(End::b).empty()) << "SEED " << seed;
  }
}

}  // namespace
}  // namespace serialtcp::test
