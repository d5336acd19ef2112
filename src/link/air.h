// Air: what a half-duplex line carries, learned from how long the peer took to answer each turn.
//
// A radio modem takes bytes faster than its air carries them, holds a few hundred of them, and drops the rest
// without a word. So a turn is handed over like this: `burst()` bytes at once, then nothing until the modem has
// turned round, then at `rate()`. A turn of n bytes that was answered after t has taken n / rate of air, beside
// the turn-round, the latency and the answer itself, which short turns have as well. So the least t of short
// turns tells that part, and what longer turns take beyond it tells the rate.
//   later than the rate says      the air is slower: the rate becomes what was measured
//   not later, and nothing lost   the air may be faster: the rate is raised a little
//   something lost                the modem holds less, or it was noise: the burst becomes shorter
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
    Duration answered{};   ///< from its first byte to the first byte of the answer
    Duration after_end{};  ///< from when its last byte should have left to the same
    std::size_t lost = 0;  ///< bytes of frames that the answer calls lost
  };
  void learn(const Turn& turn);

 private:
  /// Of a short turn: how long the answer took, and how many bytes are in that.
  struct Reference {
    Duration answered{};
    std::size_t bytes = 0;
  };

  Duration time_for(double bytes) const;
  Duration fixed_part(const Reference& reference) const;
  void learn_reference(const Turn& turn);
  void learn_rate(const Turn& turn);
  void raise(const Turn& turn);
  void learn_burst(const Turn& turn);

  double nominal_;
  double rate_;
  double burst_;
  double allowed_;          // bytes a turn while the rate is not known
  bool known_ = false;      // the rate, from a measurement
  double limited_at_ = 0;   // the rate that was measured last; 0: the air was never the limit
  double burst_failed_ = 0;  // a burst at which something was lost
  Rtt answers_;
  // The least of this window and of the one before.
  std::optional<Reference> least_now_;
  std::optional<Reference> least_before_;
  int in_window_ = 0;
};

}  // namespace serialtcp::link
