// Attacker: an adversary who controls the cable. It receives what is transferred, in all sessions, and from a
// seed flips, drops, holds back, inserts, repeats, splices and reflects bytes. It recognises frames, and has
// no key.
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
  /// Bytes that are recorded; older ones are forgotten.
  static constexpr std::size_t kMostHeard = 256 * 1024;
  /// The average number of bytes between two attacks.
  static constexpr std::uint64_t kInterval = 600;

  explicit Attacker(std::uint64_t seed) : random_(seed) {}

  /// Whether it attacks, or only listens.
  void set_active(bool active) { active_ = active; }

  /// Bytes that would arrive at this end now. They are replaced by what does arrive.
  void handle(End to, Bytes& bytes, Time now);

  std::uint64_t attacks() const { return attacks_; }

 private:
  struct Direction {
    Bytes heard;
    Bytes held;  ///< held back, to be delivered after later bytes
    Time release_at{};
    Time cut_until{};
  };

  Direction& direction(End to) { return directions_[to == End::a ? 0 : 1]; }
  static void listen(Direction& direction, const Bytes& bytes);
  void attack(End to, Bytes& bytes, Time now);
  void flip(Bytes& bytes);
  /// A part of the recording, from the end of one frame to that of another, or from any position.
  Bytes recording(const Direction& direction);
  Bytes noise();

  base::Prng random_;
  std::array<Direction, 2> directions_;
  bool active_ = true;
  std::uint64_t attacks_ = 0;
};

}  // namespace serialtcp::sim
