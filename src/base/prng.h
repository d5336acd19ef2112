// Prng: xoshiro256** (Blackman and Vigna, 2018), seeded through splitmix64. The same seed gives the same
// numbers on every machine, which <random>'s distributions do not promise. Not for secrets.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace serialtcp::base {

class Prng {
 public:
  explicit Prng(std::uint64_t seed) {
    for (auto& word : state_) {
      seed += 0x9E3779B97F4A7C15ULL;
      std::uint64_t z = seed;
      z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
      z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
      word = z ^ (z >> 31);
    }
  }

  std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  /// Uniform in [0, bound), bound > 0. The bias is below bound / 2^64.
  std::uint64_t below(std::uint64_t bound) { return high_product(next(), bound); }

  /// The upper half of a product of 128 bits, which not every compiler has as a type.
  static constexpr std::uint64_t high_product(std::uint64_t a, std::uint64_t b) {
    constexpr std::uint64_t kLow = 0xFFFFFFFFU;
    const std::uint64_t low = (a & kLow) * (b & kLow);
    const std::uint64_t middle = (a >> 32U) * (b & kLow) + (low >> 32U);
    const std::uint64_t other = (a & kLow) * (b >> 32U) + (middle & kLow);
    return (a >> 32U) * (b >> 32U) + (middle >> 32U) + (other >> 32U);
  }

  /// Uniform in [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  /// True with this probability (0 never, 1 always).
  bool chance(double probability) { return unit() < probability; }

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace serialtcp::base
