// Air estimates how fast a half-duplex line transmits, and what a change of turns costs, from the peer's
// answers.
//
// A radio modem accepts bytes faster than its radio channel (the air) transmits them, buffers a few hundred
// of them, and drops the rest silently. A turn is therefore handed over like this: `burst()` bytes at once,
// then nothing until the modem has changed its direction, then at `rate()`. The peer reports how fast a turn
// arrived. For a turn of one burst, this is the rate of the air. For a longer turn it is at most the rate of
// the air, and exactly that where bytes were dropped. After a turn of several bursts:
//
//   nothing was lost     the air may be faster: the rate is raised, by more each time in a row
//   bytes were lost      the rate is lowered to what arrived, and the burst is shortened. It may have been noise, so
//                        neither ever becomes much less than what was measured
//
// The time that a peer takes to answer, less the time in which it received the turn, is the cost of a change
// of turns and back: the turnaround of both modems, and the latency of the line. Turns are many times as
// long. docs/protocol.md, "Turns". Air does not know what is sent, nor which end has the turn.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "link/rtt.h"
#include "serialtcp/time.h"

namespace serialtcp::link {

class Air {
 public:
  /// Bytes of the longest turn for which the time of its bytes can be neglected: it always shows how long an
  /// answer takes.
  static constexpr std::size_t kShortTurn = 160;

  explicit Air(std::uint64_t nominal_rate);

  /// Bytes per second.
  double rate() const { return rate_; }
  /// Bytes that may be in the modem at the same time.
  std::size_t burst() const { return static_cast<std::size_t>(burst_); }
  /// The cost of passing the turn on and getting it back. The modem begins to send after at most this time.
  Duration turn_round() const;

  enum class Typing : std::uint8_t { no, yes };
  /// The longest time of one turn, and its maximum of bytes.
  Duration longest_turn(Typing typing) const;
  std::size_t turn_bytes(Typing typing) const;

  /// How long after the end of a turn an answer of the peer must have arrived.
  Duration patience() const;

  struct Turn {
    std::size_t bytes = 0;
    std::optional<Duration> answered = {};  ///< from its first byte to the first byte of the answer
    Duration after_end{};   ///< from when its last byte should have left to the first byte of the answer
    std::size_t lost = 0;   ///< bytes of frames that the answer reports as lost
    std::size_t burst = 0;  ///< burst() at its beginning
  };
  /// The turn was answered.
  void learn(const Turn& turn);
  /// The beginning of the turn was lost.
  void learn_loss(const Turn& turn);
  /// The turn was not answered in time: its end was lost, or the peer needs longer.
  void learn_silence(const Turn& turn);
  /// How the turn arrived at the peer: the bytes after those that were read first, and the time from these to
  /// the last.
  struct Measured {
    std::size_t bytes = 0;
    Duration span{};
  };
  void learn(const Measured& measured, const Turn& turn);

 private:
  /// The measurement of one turn: a change of turns and back cost this time, less what these bytes take.
  struct Cost {
    Duration time{};
    double bytes = 0;
  };

  Duration time_for(double bytes) const;
  Duration cost(const Cost& sample) const;
  void add_cost(const Cost& sample);
  void learn_from_delay(const Turn& turn);
  double anchor() const;
  void correct(const Measured& measured, const Turn& turn);
  void raise(double arrived);
  void learn_burst(const Turn& turn);
  void shorten_burst(const Turn& turn);

  double nominal_;
  double rate_;
  double burst_;
  bool known_ = false;           // enough is known of the line to send more than one burst a turn
  int clean_turns_ = 0;          // in a row
  double measured_bytes_ = 0;    // of turns of one burst; older ones have less weight
  double measured_seconds_ = 0;  // that these bytes took
  int overruns_ = 0;             // in a row
  double burst_failed_ = 0;      // a burst of which bytes were lost
  Rtt answers_;
  double longer_ = 1;  // factor of the waiting time for an answer, since none came
  // Of the last turns. The median counts: an answer may have crossed a turn, or may have been late.
  std::array<Cost, 5> costs_;
  std::size_t costs_known_ = 0;
  std::size_t next_cost_ = 0;
};

}  // namespace serialtcp::link
