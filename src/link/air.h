// Air: what a half-duplex line carries, learned from how long the peer took to answer each turn.
//
// A radio modem takes bytes faster than its air carries them, holds a few hundred of them, and drops the rest
// without a word. So a turn is handed over like this: `burst()` bytes at once, then nothing until the modem has
// turned round, then at `rate()`. The peer tells how fast a turn came in. Of a turn of one burst that is the rate
// of the air. Of a longer one it is not more than that, and just that where something was dropped. So, after a
// turn of several bursts,
//   nothing was lost     the air may be faster: the rate is raised a little
//   something was lost   the rate is lowered to what came in, and the burst becomes shorter: it may have been
//                        noise, so neither ever becomes much less than what was measured
// How long a peer takes to answer a short turn tells how long a change of turns takes.
// docs/protocol.md, "Turns". It does not know what is sent, nor who has the turn.
#pragma once

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
  /// How long after a turn began the modem begins to send, at the most.
  Duration turn_round() const;

  enum class Typing : std::uint8_t { no, yes };
  /// How long one turn may last, and how many bytes it may have.
  Duration longest_turn(Typing typing) const;
  std::size_t turn_bytes(Typing typing) const;

  /// How long after a turn's end the peer is to be heard.
  Duration patience() const { return answers_.patience(); }

  struct Turn {
    std::size_t bytes = 0;
    Duration answered{};    ///< from its first byte to the first byte of the answer
    Duration after_end{};   ///< from when its last byte should have left to the same
    std::size_t lost = 0;   ///< bytes of frames that the answer calls lost
    std::size_t burst = 0;  ///< burst() when it began
  };
  /// It was answered.
  void learn(const Turn& turn);
  /// It was not answered in time: its end was lost.
  void learn_silence(const Turn& turn);
  /// How the peer heard it: bytes behind those that were read first, and how long after these the last one came.
  struct Measured {
    std::size_t bytes = 0;
    Duration span{};
  };
  void learn(const Measured& measured);

 private:
  /// Of a short turn: how long the answer took, and how many bytes are in that.
  struct Reference {
    Duration answered{};
    std::size_t bytes = 0;
  };

  Duration time_for(double bytes) const;
  Duration fixed_part(const Reference& reference) const;
  void learn_reference(const Turn& turn);
  void learn_end(const Turn& turn);
  void learn_from_delay(const Turn& turn);
  bool was_one_burst() const;
  double anchor() const;
  void correct(double arrived);
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
  Turn last_;
  double burst_failed_ = 0;  // a burst at which something was lost
  Rtt answers_;
  // The least of this window and of the one before.
  std::optional<Reference> least_now_;
  std::optional<Reference> least_before_;
  int in_window_ = 0;
  // The least time from the end of a long turn to its answer, in the same way: a change takes no less.
  Duration least_end_now_{};
  Duration least_end_before_{};
  int in_end_window_ = 0;
};

}  // namespace serialtcp::link
