// Ladder: which speed of a line to try next, and which one carries most. It knows the speeds that both ends can do, and
// what was found out about each: how often a trial failed, how much was lost. Without I/O and clock.
// docs/protocol.md, "The speed of the line".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "serialtcp/time.h"

namespace serialtcp::link {

class Ladder {
 public:
  /// What a stay at a speed has shown: the part of the bytes that were lost (0 to 1), and how much of its nominal rate the
  /// line has carried (0 to 1).
  struct Stay {
    double lost = 0;
    double carried = 1;
  };

  /// The speeds that both ends can do, in bits per second, and `base`, at which the link came up and which always works.
  /// What is known of them is kept.
  void set_rungs(std::span<const std::uint32_t> speeds, std::uint32_t base);
  /// A speed that has worked before is tried first.
  void try_first(std::uint32_t speed) { first_ = speed; }

  /// The speed to try when the line has speed `now_at`; empty if there is none now.
  std::optional<std::uint32_t> next(std::uint32_t now_at, Time now) const;
  enum class Arrived : std::uint8_t { nothing, something };
  /// Not enough has arrived at this speed. It is tried again ever less often, but soon if it may have been noise.
  void failed(std::uint32_t speed, Arrived arrived, Time now);
  /// It has worked, and suddenly nothing is understood: the peer was restarted, or the cable pulled. It is tried first next time.
  /// If that happens again before a stay has shown that nearly nothing is lost, the speed itself is the cause: the one below
  /// is tried first, and this one later.
  void broke(std::uint32_t speed, Time now);
  /// There is another peer: what failed once may have failed because of the one before.
  void next_peer();
  /// What the line has carried at this speed. Returns the speed that is better than it, if one is: a lower one, which
  /// counts as good unless something else is known of it, or a higher one at which as little was lost.
  std::optional<std::uint32_t> judge(std::uint32_t speed, const Stay& stay, Time now);

 private:
  struct Rung {
    unsigned failures = 0;
    unsigned breaks = 0;  ///< since a stay at which nearly nothing was lost
    Time not_before{};
    std::optional<Stay> stay;
  };

  bool may_try(std::uint32_t speed, Time now) const;
  double worth(std::uint32_t speed) const;
  std::uint32_t below(std::uint32_t speed) const;
  Rung& fail(std::uint32_t speed) { return ++known_[speed].failures, known_[speed]; }

  std::vector<std::uint32_t> speeds_;  ///< ascending, the base first
  std::map<std::uint32_t, Rung> known_;
  std::optional<std::uint32_t> first_;
};

}  // namespace serialtcp::link
