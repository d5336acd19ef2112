// Air: what a half-duplex line carries, learned from how long the peer took to answer each turn.
//
// A radio modem takes bytes faster than its air carries them, holds a few hundred of them, and drops the rest
// without a word. So a turn is handed over like this: `burst()` bytes at once, then nothing until the modem has
// turned round, then at `rate()`. The peer tells how fast a turn came in. Of a turn of one burst that is the rate
// of the air. Of a longer one it is not more than that, and just that where something was dropped. So, after a
// turn of several bursts,
//   nothing was lost     the air may be faster: the rate is raised, by more each time in a row
//   something was lost   the rate is lowered to what came in, and the burst becomes shorter: it may have been
//                        noise, so neither ever becomes much less than what was measured
// How long a peer takes to answer, less the time in which it heard the turn, is what a change of turns and back
// costs: both modems' turn-round, and the latency of the line. Turns are many times as long.
// docs/protocol.md, "Turns". It does not know what is sent, nor who has the turn.
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
  /// A turn up to this size tells how long an answer takes in any case.
  static constexpr std::size_t kShortTurn = 160;

  explicit Air(std::uint64_t nominal_rate);

  /// Bytes a second.
  double rate() const { return rate_; }
  /// Bytes that may be in the modem at once.
  std::size_t burst() const { return static_cast<std::size_t>(burst_); }
  /// What handing over and getting the turn back costs. The modem has begun to send after this time, at the
  /// latest.
  Duration turn_round() const;

  enum class Typing : std::uint8_t { no, yes };
  /// How long one turn may last, and how many bytes it may have.
  Duration longest_turn(Typing typing) const;
  std::size_t turn_bytes(Typing typing) const;

  /// How long after a turn's end the peer is to be heard.
  Duration patience() const;

  struct Turn {
    std::size_t bytes = 0;
    std::optional<Duration> answered = {};  ///< from its first byte to the first byte of the answer
    Duration after_end{};                   ///< from when its last byte should have left to the same
    std::size_t lost = 0;                   ///< bytes of frames that the answer calls lost
    std::size_t burst = 0;                  ///< burst() when it began
  };
  /// It was answered.
  void learn(const Turn& turn);
  /// Its beginning was lost.
  void learn_loss(const Turn& turn);
  /// It was not answered in time: its end was lost, or the peer needs longer.
  void learn_silence(const Turn& turn);
  /// How the peer heard it: bytes behind those that were read first, and how long after these the last one came.
  struct Measured {
    std::size_t bytes = 0;
    Duration span{};
  };
  void learn(const Measured& measured, const Turn& turn);

 private:
  /// Of one turn: this time, less what so many bytes take, is what changing the turn and back cost.
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
  bool known_ = false;           // enough of the line to send more than one burst a turn
  int clean_turns_ = 0;          // in a row
  double measured_bytes_ = 0;    // of turns of one burst, the older the less
  double measured_seconds_ = 0;  // that these took
  int overruns_ = 0;             // in a row
  double burst_failed_ = 0;      // a burst at which something was lost
  Rtt answers_;
  double longer_ = 1;  // how many times as long an answer is awaited because none came
  // Of the last turns. The middle one counts: an answer may have crossed a turn, or have come late.
  std::array<Cost, 5> costs_;
  std::size_t costs_known_ = 0;
  std::size_t next_cost_ = 0;
};

}  // namespace serialtcp::link
