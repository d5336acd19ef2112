// Two bits a byte, compared with a simple model.
#include "base/byte_states.h"

#include <gtest/gtest.h>

#include <map>

#include "base/prng.h"

namespace serialtcp::base {
namespace {

using State = ByteStates::State;

TEST(ByteStates, AgreesWithANaiveModelWhateverIsSetAndDropped) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    Prng random(seed);
    ByteStates states;
    std::map<std::uint64_t, State> model;
    std::uint64_t begin = random.chance(0.5) ? 0 : random.below(1ULL << 40);
    states.restart(begin);
    std::uint64_t end = begin;
    for (int step = 0; step < 200; ++step) {
      const std::uint64_t offset = begin + random.below(300);
      const std::size_t count = random.chance(0.5) ? random.below(4) : random.below(200);
      const auto state = static_cast<State>(random.below(3));
      states.set(offset, count, state);
      for (std::size_t i = 0; i < count; ++i) model[offset + i] = state;
      if (count > 0) end = std::max(end, offset + count);
      if (random.chance(0.1)) {
        begin += random.below(200);
        states.drop_below(begin);
        model.erase(model.begin(), model.lower_bound(begin));
        end = std::max(begin, end);
      }
      const auto expected = [&](std::uint64_t at) {
        const auto found = model.find(at);
        return found == model.end() ? State::missing : found->second;
      };
      ASSERT_EQ(states.end(), end);
      for (std::uint64_t at = begin; at < begin + 500; ++at) ASSERT_EQ(states.at(at), expected(at)) << at;
      const std::uint64_t from = begin + random.below(500);
      std::size_t run = 0;
      while (from + run < end && expected(from + run) == expected(from)) ++run;
      ASSERT_EQ(states.run(from), run);
    }
  }
}

TEST(ByteStates, TakesTwoBitsAByteHoweverTheBytesCome) {
  constexpr std::size_t kBytes = 100'000;
  ByteStates states;
  for (std::size_t i = 1; i < kBytes; i += 2) states.set(i, 1, State::packed);
  EXPECT_LE(states.capacity(), kBytes / 4 * 5 / 4 + 8);
  states.drop_below(kBytes);
  EXPECT_EQ(states.capacity(), 0U);
}

TEST(ByteStates, GivesMemoryBackAsItIsDropped) {
  ByteStates states;
  for (std::uint64_t i = 0; i < 1'000'000; i += 100) {
    states.set(i, 100, State::plain);
    if (i >= 1000) states.drop_below(i - 1000);
  }
  EXPECT_LE(states.capacity(), 2000U);
}

}  // namespace
}  // namespace serialtcp::base
