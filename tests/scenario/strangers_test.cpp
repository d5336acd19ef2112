// A sender without the key sends on a sealed link, without end: recorded and invented bytes. The tests check
// how much of the line is left for the link, and how soon an end that was restarted gets a link nevertheless.
#include <functional>

#include "measures.h"
#include "wire/check_value.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include "wire/hello.h"

namespace serialtcp::test {
namespace {

WorldConfig sealed(std::uint64_t seed, std::uint32_t baud) {
  WorldConfig config;
  config.baud = baud;
  config.seed = seed;
  config.a_key = config.b_key = key_number(1);
  config.a_compression = config.b_compression = Compression::off;
  // A UART hides little: what an attacker sends is not queued behind seconds of other data.
  config.tty_queue = 256;
  return config;
}

/// The body of a frame with a correct check value, as bytes for the line.
Bytes on_line(Bytes body) {
  wire::CheckValue check{wire::CheckContext{}};
  check.add(body);
  std::array<Byte, wire::kCheckSize> buffer;
  base::Writer writer(buffer);
  writer.little(check.finish(wire::FrameEnd::plain), wire::kCheckSize);
  body.insert(body.end(), buffer.begin(), buffer.end());
  Bytes wire;
  wire::Encoder encoder;
  encoder.append_end(wire::FrameEnd::plain, wire);
  encoder.append(body, wire, wire::Coding::doubled);
  encoder.append_end(wire::FrameEnd::plain, wire);
  return wire;
}

/// The bodies of hellos, without their check values, that arrive at either end.
class Recorder {
 public:
  explicit Recorder(World& world) {
    world.pair().set_tap([this](End to, Bytes& bytes, Time) { hear(to, bytes); });
  }
  std::array<std::vector<Bytes>, 2> arrived;

 private:
  void hear(End end, const Bytes& bytes) {
    const std::size_t index = end == End::a ? 0 : 1;
    ByteView rest = bytes;
    while (const auto found = decoders_[index].next(rest)) {
      if (found->body.size() < wire::kHelloSize || found->body[0] != wire::kHelloHeader) continue;
      arrived[index].emplace_back(found->body.begin(), found->body.end() - wire::kCheckSize);
    }
  }
  std::array<wire::Decoder, 2> decoders_;
};

bool is_first(const Bytes& hello) {
  return (hello[2] & 0x04) == 0;
}

/// What a listener may know of this link, and of earlier links with the same key.
struct Known {
  Bytes first;                 ///< message 1 to the victim, of this link if the victim has answered it
  Bytes second;                ///< message 2 to the victim, of this link if the victim has begun it
  std::vector<Bytes> earlier;  ///< messages 1 of other links
  SessionId victim;            ///< its session
};

std::vector<Bytes> earlier_first_messages(End to, int count) {
  std::vector<Bytes> all;
  for (int i = 0; i < count; ++i) {
    World world(sealed(1000 + static_cast<std::uint64_t>(i), 115200));
    Recorder recorder(world);
    // The end that is alone begins, again and again with the same message.
    world.pair().start(sim::other(to));
    world.run_for(400ms);
    for (const Bytes& hello : recorder.arrived[to == End::a ? 0 : 1]) {
      if (all.empty() || all.back() != hello) all.push_back(hello);
    }
  }
  return all;
}

Known bring_up_and_listen(World& world, End victim) {
  static const std::vector<Bytes> kToA = earlier_first_messages(End::a, 60);
  static const std::vector<Bytes> kToB = earlier_first_messages(End::b, 60);
  Recorder recorder(world);
  world.start_both();
  world.bring_up(5s);
  world.pair().set_tap({});
  Known known;
  known.earlier = victim == End::a ? kToA : kToB;
  for (const Bytes& hello : recorder.arrived[victim == End::a ? 0 : 1])
    (is_first(hello) ? known.first : known.second) = hello;
  for (const Bytes& hello : recorder.arrived[victim == End::a ? 1 : 0]) {
    base::Reader in(ByteView(hello).subspan(3));
    known.victim = SessionId{in.little(8)};
  }
  if (known.first.empty()) known.first = known.earlier.front();
  if (known.second.empty()) {
    known.second = known.first;
    known.second[2] |= 0x04;
    base::Writer peer(MutableByteView(known.second).subspan(11, 8));
    peer.little(known.victim.value, 8);
  }
  return known;
}

/// Returns what is sent next; `round` counts.
using Saying = std::function<Bytes(const Known&, std::uint64_t round, base::Prng&)>;

struct Kind {
  const char* name;
  Saying say;
};

Bytes plain_hello(const Bytes& hello, Byte flags) {
  Bytes body(hello.begin(), hello.begin() + wire::kHelloSize);
  body[2] = flags;
  return body;
}

Bytes mutated(Bytes bytes, base::Prng& random) {
  bytes[random.below(bytes.size())] ^= static_cast<Byte>(1U << random.below(8));
  return bytes;
}

Bytes junk(std::size_t size, base::Prng& random) {
  Bytes bytes(size);
  for (Byte& byte : bytes) byte = static_cast<Byte>(random.next());
  bytes[0] = 0x01;  // as the header of a frame
  return bytes;
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> kKinds = {
      {"Message1OfThisLink",
       [](const Known& known, std::uint64_t, base::Prng&) { return on_line(known.first); }},
      {"Messages1OfEarlierLinks",
       [](const Known& known, std::uint64_t round, base::Prng&) {
         return on_line(known.earlier[round % known.earlier.size()]);
       }},
      {"Message2", [](const Known& known, std::uint64_t, base::Prng&) { return on_line(known.second); }},
      {"Message1MadeUp", [](const Known& known, std::uint64_t,
                            base::Prng& random) { return on_line(mutated(known.first, random)); }},
      {"DamagedMessage1", [](const Known& known, std::uint64_t,
                             base::Prng& random) { return mutated(on_line(known.first), random); }},
      {"Goodbye", [](const Known& known, std::uint64_t,
                     base::Prng&) { return on_line(plain_hello(known.first, 0x0B)); }},
      {"UnsealedHello", [](const Known& known, std::uint64_t,
                           base::Prng&) { return on_line(plain_hello(known.first, 0x03)); }},
      {"Junk", [](const Known&, std::uint64_t, base::Prng& random) { return on_line(junk(76, random)); }},
      {"ShortJunk",
       [](const Known&, std::uint64_t, base::Prng& random) { return on_line(junk(20, random)); }},
  };
  return kKinds;
}

Bytes anything(const Known& known, std::uint64_t round, base::Prng& random) {
  return kinds()[random.below(kinds().size())].say(known, round, random);
}

/// Sends it at this rate, in the direction of the other end, until this object is destroyed. The line carries
/// it like everything else.
class Attack {
 public:
  Attack(World& world, End victim, Known known, Saying say, double per_second, std::uint64_t seed)
      : world_(world),
        victim_(victim),
        known_(std::move(known)),
        say_(std::move(say)),
        random_(seed),
        interval_(static_cast<std::int64_t>(1e9 / per_second)),
        due_(world.now()) {}

  void run_for(Duration duration) {
    run_until([] { return false; }, duration);
  }

  bool run_until(const std::function<bool()>& done, Duration limit) {
    const Time end = world_.now() + limit;
    while (world_.now() < end) {
      if (world_.run_until(done, std::min(due_, end) - world_.now())) return true;
      if (world_.now() < due_) continue;
      due_ += interval_;
      const Bytes said = say_(known_, round_++, random_);
      sim::Cable& cable = world_.pair().cable();
      const End from = sim::other(victim_);
      if (cable.room(from, world_.now()) < said.size()) continue;
      cable.send(from, said, world_.now());
    }
    return false;
  }

 private:
  World& world_;
  End victim_;
  Known known_;
  Saying say_;
  base::Prng random_;
  Duration interval_;
  Time due_;
  std::uint64_t round_ = 0;
};

/// Bytes of payload that arrive from the victim in this time.
std::uint64_t bytes_from(World& world, End victim, const std::function<void(Duration)>& run, Duration over) {
  world.open(victim, Behaviour::sink, 1ULL << 40);
  run(2s);
  const auto received = [&] { return world.pair().at(sim::other(victim)).stats().payload_bytes_received; };
  const std::uint64_t before = received();
  run(over);
  return received() - before;
}

enum class Victims : std::uint8_t { both, in_turn };

struct FloodCase {
  std::uint32_t baud;
  double per_second;
  Victims victims;
};

class Flood : public testing::TestWithParam<FloodCase> {};

TEST_P(Flood, LeavesTheOtherDirectionToTheLinkWhateverIsSaid) {
  const auto [baud, per_second, victims] = GetParam();
  // Bytes count when their frame has arrived, and a frame takes up to 0.25 s.
  const Duration over = baud <= 230400 ? 20s : 4s;
  for (const End victim : {End::a, End::b}) {
    World undisturbed(sealed(1, baud));
    undisturbed.start_both();
    undisturbed.bring_up(5s);
    const std::uint64_t most = bytes_from(
        undisturbed, victim, [&](Duration d) { undisturbed.run_for(d); }, over);
    std::vector<Kind> all = kinds();
    all.push_back({"Anything", anything});
    bool chosen = victim == End::a;
    for (const Kind& kind : all) {
      chosen = !chosen;
      if (victims == Victims::in_turn && !chosen) continue;
      SCOPED_TRACE(std::string(kind.name) + (victim == End::a ? " to the server" : " to the client"));
      World world(sealed(1, baud));
      Attack attack(world, victim, bring_up_and_listen(world, victim), kind.say, per_second, 7);
      const std::uint64_t got = bytes_from(
          world, victim, [&](Duration d) { attack.run_for(d); }, over);
      EXPECT_GE(static_cast<double>(got), 0.98 * static_cast<double>(most))
          << got << " of " << most << " " << world.describe();
      EXPECT_FALSE(world.heard_of(End::a, LinkDownReason::peer_restarted));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    At, Flood,
    testing::Values(FloodCase{9600, 4, Victims::in_turn}, FloodCase{38400, 20, Victims::both},
                    FloodCase{57600, 30, Victims::in_turn}, FloodCase{115200, 50, Victims::in_turn},
                    FloodCase{115200, 7, Victims::in_turn}, FloodCase{921600, 500, Victims::in_turn}),
    [](const auto& p) {
      return std::to_string(p.param.baud) + "Baud" + std::to_string(static_cast<int>(p.param.per_second)) +
             "ASecond";
    });

class Crowd : public testing::TestWithParam<FloodCase> {};

TEST_P(Crowd, DoesNotKeepOutAnEndThatIsRestarted) {
  const auto [baud, per_second, victims] = GetParam();
  for (const End victim : {End::a, End::b}) {
    std::vector<Kind> all = kinds();
    all.push_back({"Anything", anything});
    bool chosen = victim == End::a;
    for (const Kind& kind : all) {
      chosen = !chosen;
      if (victims == Victims::in_turn && !chosen) continue;
      for (const std::uint64_t seed : {1U, 2U}) {
        SCOPED_TRACE(std::string(kind.name) + (victim == End::a ? " to the server " : " to the client ") +
                     std::to_string(seed));
        World world(sealed(seed, baud));
        Attack attack(world, victim, bring_up_and_listen(world, victim), kind.say, per_second, seed);
        world.open(victim, Behaviour::sink, 1ULL << 40);
        attack.run_for(3s);
        world.restart(sim::other(victim));
        EXPECT_TRUE(attack.run_until(
            [&] {
              return world.pair().at(sim::other(victim)).link_up() &&
                     world.heard_of(victim, LinkDownReason::peer_restarted);
            },
            15s))
            << world.describe();
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(At, Crowd,
                         testing::Values(FloodCase{9600, 4, Victims::in_turn},
                                         FloodCase{57600, 20, Victims::both},
                                         FloodCase{230400, 120, Victims::in_turn}),
                         [](const auto& p) {
                           return std::to_string(p.param.baud) + "Baud" +
                                  std::to_string(static_cast<int>(p.param.per_second)) + "ASecond";
                         });

}  // namespace
}  // namespace serialtcp::test
