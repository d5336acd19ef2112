// Attacker: somebody who owns the cable. Hears what crosses it, in all sessions, and from a seed flips,
// drops, holds back, inserts, repeats, splices and reflects. Knows how frames end, and no key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/prng.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"
#include "sim/cable.h"

namespace serialtcp::sim {

class Attacker {
 public:
  /// What was heard longer ago is forgotten.
  static constexpr std::size_t kMostHeard = 256 * 1024;
  /// One attack in so many bytes, on average.
  static constexpr std::uint64_t kInterval = 600;

  explicit Attacker(std::uint64_t seed) : random_(seed) {}

  /// Goes to work, or only listens.
  void set_active(bool active) { active_ = active; }

  /// Bytes that would arrive at this end now; they become what does arrive.
  void handle(End to, Bytes& bytes, Time now);

  std::uint64_t attacks() const { return attacks_; }

 private:
  struct Direction {
    Bytes heard;
    Bytes held;  ///< back, to be let go behind what comes later
    Time release_at{};
    Time cut_until{};
  };

  Direction& direction(End to) { return directions_[to == End::a ? 0 : 1]; }
  static void listen(Direction& direction, const Bytes& bytes);
  void attack(End to, Bytes& bytes, Time now);
  void flip(Bytes& bytes);
  /// Some of what was heard, from one frame's end to another's or from anywhere.
  Bytes recording(const Direction& direction);
  Bytes noise();

  base::Prng random_;
  std::array<Direction, 2> directions_;
  bool active_ = true;
  std::uint64_t attacks_ = 0;
};

}  // namespace serialtcp::sim
